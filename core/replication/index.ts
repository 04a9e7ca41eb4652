export { bestFirst, bringAll, bringCopy, bringFirst, selectCopy } from './bringBack.js';
export { openTarget, targetMeant } from './openTarget.js';
export { replicate, type ReplicationOutcome, type TargetOutcome } from './replicate.js';
export { knownKey } from './storeIdentity.js';
export { chooseStored, readStoredProjects, type StoredProject } from './storedProjects.js';
export type { Target } from './types.js';
