export { listProjects, listProjectsWithCompleteness } from './listProjects.js';
export { noteOpenWorkspaces } from './openWorkspaces.js';
export {
  findProjectRecord,
  forgetProject,
  isRecordedProject,
  isTemporary,
  isVaultKey,
  readProjectRecord,
  readProjectRecords,
  recordProject,
  type ProjectRecord,
  type RecordedBackup,
} from './projectRecord.js';
export type { KnownProject, KnownProjectStatus, ListedProjects, ProjectOrigin } from './knownProject.js';
