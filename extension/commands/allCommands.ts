import { acceptShrinkage } from './acceptShrinkage.js';
import { backUpNow } from './backUpNow.js';
import { backUpAllProjects } from './backUpAllProjects.js';
import { cleanUp } from './cleanUp.js';
import { clearFilter } from './clearFilter.js';
import type { Command } from './command.js';
import { compareTwo } from './compareTwo.js';
import { compareWithCurrent } from './compareWithCurrent.js';
import { compareWithPrevious } from './compareWithPrevious.js';
import { connectAgent } from './connectAgent.js';
import { copyId } from './copyId.js';
import { copyPath } from './copyPath.js';
import { deleteBackups } from './delete.js';
import { drill } from './drill.js';
import { filter } from './filter.js';
import { installGitHook } from './installGitHook.js';
import { openBackup } from './openBackup.js';
import { openConfiguration } from './openConfiguration.js';
import { openProject } from './openProject.js';
import { openSettings } from './openSettings.js';
import { pin } from './pin.js';
import { refresh } from './refresh.js';
import { refreshAllProjects } from './refreshAllProjects.js';
import { replicate } from './replicate.js';
import { restore } from './restore.js';
import { restoreAtCommit } from './restoreAtCommit.js';
import { restoreAtTime } from './restoreAtTime.js';
import { restoreLastGood } from './restoreLastGood.js';
import { restoreSelectedFeatures } from './restoreSelectedFeatures.js';
import { revealInFileExplorer } from './revealInFileExplorer.js';
import { revealProject } from './revealProject.js';
import { salvage } from './salvage.js';
import { showActions } from './showActions.js';
import { showAllProjects } from './showAllProjects.js';
import { showBackups } from './showBackups.js';
import { showLog } from './showLog.js';
import { showTimeline } from './showTimeline.js';
import { stopLooking } from './stopLooking.js';
import { undoLastRestore } from './undoLastRestore.js';
import { unpin } from './unpin.js';
import { verify } from './verify.js';
import { verifyAll } from './verifyAll.js';
import { verifyAllProjects } from './verifyAllProjects.js';

/** Each in a file of its own. */
export const allCommands: readonly Command[] = [
  backUpNow,
  restore,
  restoreLastGood,
  restoreAtCommit,
  restoreAtTime,
  restoreSelectedFeatures,
  undoLastRestore,
  salvage,
  compareWithCurrent,
  compareWithPrevious,
  compareTwo,
  openBackup,
  verify,
  verifyAll,
  pin,
  unpin,
  deleteBackups,
  cleanUp,
  revealInFileExplorer,
  copyPath,
  copyId,
  filter,
  clearFilter,
  refresh,
  acceptShrinkage,
  showActions,
  showBackups,
  showTimeline,
  installGitHook,
  connectAgent,
  showLog,
  openConfiguration,
  openSettings,
  drill,
  replicate,
  showAllProjects,
  refreshAllProjects,
  stopLooking,
  backUpAllProjects,
  verifyAllProjects,
  openProject,
  revealProject,
];
