export { assess, assessKnown, healthOf } from './assess.js';
export { projectSummary, type ProjectSummary, type TargetState } from './projectSummary.js';
export {
  PROBLEM_CODES,
  healthState,
  isAlarm,
  severityOf,
  worstFirst,
  type HealthState,
} from './severity.js';
export { healthProblemsOf } from './problems.js';
export { withOverdueLimit } from './backupProblems.js';
export type {
  KnownHealth,
  HealthAction,
  ProjectHealth,
  Severity,
  HealthProblem,
  HealthProblemCode,
} from './healthProblem.js';
export { unsavedMs } from './unsaved.js';
