export { listProjects, listProjectsWithCompleteness } from './listProjects.js';
export { noteOpenWorkspaces } from './openWorkspaces.js';
export { describeLoss, findLostProject, lostProjectError, type LostProject } from './lostProject.js';
export { forgetProject, recordProject, type RecordedBackup } from './projectRecord.js';
export type { KnownProject, KnownProjectStatus, ListedProjects, ProjectOrigin } from './knownProject.js';
