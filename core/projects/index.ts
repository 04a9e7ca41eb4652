export { listProjects, listProjectsWithCompleteness } from './listProjects.js';
export { isNoLongerRegistered } from './registeredBefore.js';
export { isRegistered } from './registry.js';
export {
  describeSeen,
  findSeenDatabase,
  forgetSeenDatabase,
  recordSeenDatabase,
  seenDatabaseError,
  type SeenDatabase,
} from './seenDatabases.js';
export { recordOpenWorkspaces } from './openWorkspaces.js';
export {
  findProjectRecord,
  forgetProject,
  readProjectRecord,
  readProjectRecordOrWarn,
  readProjectRecords,
  recordFirstCommits,
  recordProject,
  syncRecords,
} from './projectRecord.js';
export { isExpired, isRecordedProject, isTemporary, type HasBackup } from './projectIdentity.js';
export { isProjectKey, newProjectKey } from './projectKey.js';
export type { ProjectRecord, RecordedBackup } from './recordFile.js';
export type { KnownProject, KnownProjectStatus, ListedProjects, ProjectOrigin } from './knownProject.js';
