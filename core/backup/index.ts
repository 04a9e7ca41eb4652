export { createBackup, recordedBackup, recordFailure, type AfterBackup, type BackUpOutcome } from './createBackup.js';
export {
  planStartOver,
  startOver,
  type StartOverOptions,
  type StartOverOutcome,
  type StartOverPlan,
} from './startOver.js';
export { publishBackup, stageImage } from './publishBackup.js';
export { saveEmergency } from './saveEmergency.js';
