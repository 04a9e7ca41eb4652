export { install, uninstall } from './parts.js';
export { planRemoval } from './planRemoval.js';
export { planSetup } from './planSetup.js';
export type {
  RemainingData,
  RemovalPlan,
  SetupKind,
  SetupPart,
  SetupPlan,
  SetupPrograms,
  UnplannedPart,
} from './setupPlan.js';
