export { listProjects, listProjectsWithCompleteness } from './listProjects.js';
export { noteOpenWorkspaces } from './openWorkspaces.js';
export {
  findProjectRecord,
  forgetProject,
  isVaultKey,
  readProjectRecord,
  readProjectRecordOrWarn,
  readProjectRecords,
  recordProject,
  syncRecords,
  type ProjectRecord,
  type RecordedBackup,
} from './projectRecord.js';
export { isRecordedProject, isTemporary, type HasBackup } from './projectPlace.js';
export type { KnownProject, KnownProjectStatus, ListedProjects, ProjectOrigin } from './knownProject.js';
