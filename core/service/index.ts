export { removeService } from './removeService.js';
export { runAll, runUntilFailure } from './runManager.js';
export { assertOwnServiceFile, serviceFileContent, serviceFileState, writeServiceFile } from './serviceFile.js';
export { serviceSetUp } from './setUp.js';
export type { ServiceSetUp } from './serviceSpec.js';
