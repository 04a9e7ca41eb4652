export { bestFirst, fetchAll, fetchCopy, fetchFirst, selectCopy } from './fetchFromTarget.js';
export { describeLoss, findLostProject, lostProjectError, type LostProject } from './lostProject.js';
export { openTarget, resolveTarget } from './openTarget.js';
export { replicate, type ReplicationOutcome, type TargetOutcome } from './replicate.js';
export { readCopyCounts, type CopyCount } from './targetRecords.js';
export { readStoreKey } from './storeIdentity.js';
export { syncVault } from './syncVault.js';
export { selectStoredProject, readStoredProjects, type StoredProject } from './storedProjects.js';
export type { Target } from './target.js';
export {
  countCopies,
  countInVault,
  deleteVaultProject,
  startExpiry,
  readVaultProjects,
  removeExpired,
  type VaultProject,
} from './vaultProjects.js';
