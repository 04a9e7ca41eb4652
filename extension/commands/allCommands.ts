import { acceptShrinkage } from './acceptShrinkage.js';
import { backUpNow } from './backUpNow.js';
import { cleanUp } from './cleanUp.js';
import { clearFilter } from './clearFilter.js';
import type { Command } from './command.js';
import { compareTwo } from './compareTwo.js';
import { compareWithCurrent } from './compareWithCurrent.js';
import { compareWithPrevious } from './compareWithPrevious.js';
import { connectAgent } from './connectAgent.js';
import { copyPath } from './copyPath.js';
import { deleteBackups } from './delete.js';
import { filter } from './filter.js';
import { installGitHook } from './installGitHook.js';
import { openBackup } from './openBackup.js';
import { openConfiguration } from './openConfiguration.js';
import { openSettings } from './openSettings.js';
import { pin } from './pin.js';
import { refresh } from './refresh.js';
import { restore } from './restore.js';
import { restoreAtCommit } from './restoreAtCommit.js';
import { restoreLastGood } from './restoreLastGood.js';
import { restoreSelectedFeatures } from './restoreSelectedFeatures.js';
import { revealInFileExplorer } from './revealInFileExplorer.js';
import { salvage } from './salvage.js';
import { showActions } from './showActions.js';
import { showBackups } from './showBackups.js';
import { showLog } from './showLog.js';
import { showTimeline } from './showTimeline.js';
import { undoLastRestore } from './undoLastRestore.js';
import { unpin } from './unpin.js';
import { verify } from './verify.js';
import { verifyAll } from './verifyAll.js';

/** Each in a file of its own. */
export const allCommands: readonly Command[] = [
  backUpNow,
  restore,
  restoreLastGood,
  restoreAtCommit,
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
];
