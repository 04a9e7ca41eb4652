export { drill } from './drill/drill.js';
export type { DrillChoice, DrillOptions, DrillOutcome, DrilledBackup } from './drill/drillOutcome.js';
export { lastPassedDrill, type PassedDrill } from './lastPassedDrill.js';
export { explainQuarantined } from './quarantine/explainQuarantined.js';
export { listQuarantine, quarantinedNames } from './quarantine/listQuarantine.js';
export type { QuarantinedBackup } from './quarantine/quarantinedBackup.js';
export type { VerifyOutcome } from './verifyBackup.js';
export { verifyBackups, type VerifyOptions } from './verifyBackups.js';
