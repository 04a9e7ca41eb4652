export {
  acknowledgeShrinkage,
  acknowledgeUnderLock,
  findShrinkage,
  revokeAcknowledgement,
  type AcknowledgeOptions,
  type AcknowledgeOutcome,
  type Shrinkage,
} from './acknowledge.js';
export {
  cleanUp,
  planCleanUp,
  pruneAfterBackup,
  type CleanUpOutcome,
  type CleanUpPlan,
  type PruneResult,
} from './cleanUp.js';
export { planRetention, type KeepReason, type RetentionPlan } from './retention.js';
