export { refuseIfBlocked } from './blockers.js';
export { readReplacement } from './replacement.js';
export { restoreBackup } from './restoreBackup.js';
export { restoreFeatures } from './restoreFeatures.js';
export { planSalvage, restoreSalvaged } from './salvage.js';
export { swapDatabase } from './swap.js';
export type {
  LiveDatabaseCondition,
  RestoreBlocker,
  RestoreOptions,
  RestoreOutcome,
  RestorePlan,
  RestoreMethod,
  SalvagePlan,
} from './restorePlan.js';
export { findUndo, undoRestore } from './undo.js';
