export { createBackup, type AfterBackup, type BackUpOutcome } from './createBackup.js';
export { publishBackup } from './publishBackup.js';
export { saveEmergency } from './saveEmergency.js';
export { stageImage } from './staging.js';
