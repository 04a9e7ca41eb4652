export { assess, assessAbsent, assessKnown, healthOf } from './assess.js';
export { describeLosses } from './losses.js';
export { brokenConnections, connectionName, notConnected } from './connectionProblems.js';
export { connectionsState, type ConnectionsState } from './connectionsState.js';
export { projectSummary, type ProjectSummary, type TargetState } from './projectSummary.js';
export { PROBLEM_CODES, healthState, isAlarm, severityOf, worstFirst, type HealthState } from './severity.js';
export { unsavedDatabaseMissing } from './problems.js';
export { ALL_BUT_DATABASE_GONE } from './undetermined.js';
export { withOverdueLimit, type OverdueLimit } from './backupProblems.js';
export type {
  KnownHealth,
  HealthAction,
  ProjectHealth,
  Severity,
  HealthProblem,
  HealthProblemCode,
} from './healthProblem.js';
export { overdueAt, unsavedMs } from './unsaved.js';
