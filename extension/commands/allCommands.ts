import { acceptShrinkage } from './acceptShrinkage.js';
import { backUpNow } from './backUpNow.js';
import { backUpAllProjects } from './backUpAllProjects.js';
import { cleanUp } from './cleanUp.js';
import { clearFilter, filter } from './filter.js';
import type { Command } from './command.js';
import { compareTwo, compareWithCurrent, compareWithPrevious } from './compare.js';
import { connectAgent } from './connectAgent.js';
import { copyId, copyPath } from './copy.js';
import { deleteBackups } from './delete.js';
import { drill } from './drill.js';
import { installGitHook } from './installGitHook.js';
import { openBackup, openProject, revealInFileExplorer, revealProject } from './open.js';
import { openConfiguration } from './openConfiguration.js';
import { openSettings, showAllProjects, showBackups, showLog, showTimeline } from './show.js';
import { pin, unpin } from './pin.js';
import { refresh, refreshAllProjects, stopRefreshing } from './refresh.js';
import { replicate } from './replicate.js';
import { restore, restoreLastGood, salvage } from './restore.js';
import { restoreFromVault } from './restoreFromVault.js';
import { restoreAtCommit } from './restoreAtCommit.js';
import { restoreAtTime } from './restoreAtTime.js';
import { restoreSelectedFeatures } from './restoreSelectedFeatures.js';
import { showActions } from './showActions.js';
import { startOver } from './startOver.js';
import { undoLastRestore } from './undoLastRestore.js';
import { verify, verifyAll, verifyAllProjects } from './verify.js';

export const allCommands: readonly Command[] = [
  backUpNow,
  restore,
  restoreLastGood,
  restoreFromVault,
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
  startOver,
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
  stopRefreshing,
  backUpAllProjects,
  verifyAllProjects,
  openProject,
  revealProject,
];
