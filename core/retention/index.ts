export {
  acknowledgeShrinkage,
  findShrinkage,
  revokeAcknowledgement,
  type AcknowledgeOptions,
  type AcknowledgeOutcome,
  type Shrinkage,
} from './acknowledge.js';
export {
  cleanUp,
  isWorthRetiring,
  planCleanUp,
  retireBackups,
  type CleanUpOutcome,
  type CleanUpPlan,
} from './cleanUp.js';
export { compressBackups, dueForCompression } from './compressBackups.js';
export { planRetention, type KeepReason, type RetentionPlan } from './retention.js';
