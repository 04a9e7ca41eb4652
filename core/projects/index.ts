export { listProjects, listProjectsWithCompleteness } from './listProjects.js';
export { noteOpenWorkspaces } from './openWorkspaces.js';
export {
  forgetProject,
  isRecordOf,
  isTemporary,
  isVaultKey,
  readProjectRecord,
  readProjectRecords,
  recordProject,
  syncRecords,
  type ProjectRecord,
  type RecordedBackup,
} from './projectRecord.js';
export type { KnownProject, KnownProjectStatus, ListedProjects, ProjectOrigin } from './knownProject.js';
