export { runEach, runInTurn } from './runManager.js';
export {
  assertOurs,
  removeServiceFile,
  serviceFileContent,
  serviceFileState,
  writeServiceFile,
} from './serviceFile.js';
export { serviceSetUp } from './setUp.js';
export type { ServiceSetUp } from './serviceSpec.js';
