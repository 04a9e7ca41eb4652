export { assess, assessKnown } from './assess.js';
export { projectSummary, type ProjectSummary, type TargetState } from './projectSummary.js';
export { PROBLEM_CODES, severityOf, worstFirst } from './severity.js';
export { healthProblemsOf } from './problems.js';
export type { KnownHealth, ProjectHealth, Severity, HealthProblem, HealthProblemCode } from './healthProblem.js';
export { unsavedMs } from './unsaved.js';
