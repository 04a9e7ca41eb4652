export { keepInVault } from './keepInVault.js';
export { keepPinInVault } from './keepPinInVault.js';
export { backupsOnlyInVault, readAllBackups, readAllHistory } from './readVault.js';
export { findBackupAt } from './selectFromHistory.js';
export { readComparisonSide, selectState } from './selectState.js';
export { openDeletedProject } from './openDeletedProject.js';
export { removeFromVault, removeLinksFromVault } from './removeFromVault.js';
export {
  isSyncPendingIn,
  isVaultSyncPending,
  SYNC_BEGUN_FILE,
  SYNC_PENDING_FILE,
  vaultFolder,
  vaultFoldersOf,
  vaultKeys,
  readVaultOrWarn,
} from './vaultFolder.js';
