export { otherDatabases, type OtherDatabase } from './otherDatabases.js';
export { unsafeFileSystem } from './unsafeFileSystem.js';
export { readAcknowledgement, type Acknowledgement } from './acknowledgement.js';
export { isShrunk, farLargerBackups, observeLive, type LiveCondition, type LiveObservation } from './liveCondition.js';
export {
  findChange,
  inspectWithTimeLimit,
  isBackedUp,
  verifyImage,
  inspectionProblems,
  type ImageVerification,
  type LiveChange,
  type LiveImage,
  type NewImage,
} from './detectLiveState.js';
export { cleanUpRestore, cleanUpRestoreOrWarn } from './cleanUpRestore.js';
export { asidePath, removeIfPresent, versionIdentity } from './restoreFiles.js';
