export { backUpBeforeCommit, type CommitBackup } from './backUpBeforeCommit.js';
export {
  findBackupOfCommit,
  listBackedUpCommits,
  type BackedUpCommit,
  type BackupOfCommit,
  type Commit,
} from './backupOfCommit.js';
export { readHookProgram } from './hookProgram.js';
export { applyInstall, applyUninstall } from './install/applyPlan.js';
export { planInstall } from './install/planInstall.js';
export { hookedFolders } from './install/hookedFolders.js';
export { linesBeforeCommit, readInstalledHooks, type InstalledHooks } from './install/installedHooks.js';
export { findEditedHooks } from './install/editedHooks.js';
export { findProjectsOfCommit } from './projectsOfCommit.js';
export { findInactiveHook, type InactiveHook } from './install/inactiveHook.js';
export { planUninstall } from './install/planUninstall.js';
export { HOOK_MANAGERS, type FileChange, type FileState, type HookManager, type HookPlan } from './install/hookPlan.js';
export { linkCommits } from './linkCommits.js';
export { mainWorkTree } from './mainWorkTree.js';
export { findRepository } from './repository.js';
