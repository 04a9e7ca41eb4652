export {
  acknowledgeShrinkage,
  findShrinkage,
  revokeAcknowledgement,
  type AcknowledgeOptions,
  type AcknowledgeOutcome,
  type Shrinkage,
} from './acknowledge.js';
export { cleanUp, planCleanUp, type CleanUpOutcome, type CleanUpPlan } from './cleanUp.js';
export { compressBackups } from './compression/compressBackups.js';
export { dueForCompression } from './compression/dueForCompression.js';
export { planRetention, type KeepReason, type RetentionPlan } from './retention.js';
export { isWorthRetiring, retireBackups } from './retireBackups.js';
