export { createBackup, recordedBackup, type AfterBackup, type BackUpOutcome } from './createBackup.js';
export { publishBackup, stageImage } from './publishBackup.js';
export { saveEmergency } from './saveEmergency.js';
