export { findAgentLocks } from './agentLocks.js';
export {
  DEFAULT_CONFIGURATION,
  readConfiguration,
  readUserConfiguration,
  userConfigurationPath,
} from './configuration.js';
export { isRemote } from './configurationValues.js';
export { findHolders, type DatabaseHolders } from './databaseHolders.js';
export { editablePath } from './editablePath.js';
export { PROJECT_CONFIGURATION } from './configuration.js';
export { AUTOFORGE_DATABASE_PATHS, findProject, locateProject, possibleRoots } from './findProject.js';
export { isStrictFolder } from './isStrictFolder.js';
export { liveDatabasePath } from './liveDatabase.js';
export {
  answerProbe,
  isProbe,
  probeVariables,
  readProbeAnswer,
  withoutProbeAnswers,
  type ProbeAnswer,
} from './probe.js';
export { resolveDeletedProject, resolveFutureProject } from './resolveFutureProject.js';
export { hashOfPath, realPath } from './safePaths.js';
export { makeStateFolder, readStoreStates, storeStateFolder } from './storeState.js';
export type {
  AddressPolicy,
  CompressionPolicy,
  Configuration,
  ConfigurationLayer,
  DatabaseHolder,
  EmailPolicy,
  HistoryPolicy,
  LinkedDatabase,
  NotificationPolicy,
  Project,
  ReplicationTarget,
  RetentionPolicy,
  SchedulePolicy,
} from './project.js';
