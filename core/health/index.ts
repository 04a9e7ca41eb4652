export { assess, assessKnown } from './assess.js';
export { projectSummary, type ProjectSummary, type TargetState } from './projectSummary.js';
export { TROUBLE_CODES, severityOf, worstFirst } from './severity.js';
export { troublesOf } from './troubles.js';
export type { KnownHealth, ProjectHealth, Severity, Trouble, TroubleCode } from './types.js';
export { unsavedMs } from './unsaved.js';
