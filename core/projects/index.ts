export { listProjects, listProjectsWithCompleteness } from './listProjects.js';
export { noteOpenWorkspaces } from './openWorkspaces.js';
export type { KnownProject, KnownProjectStatus, ListedProjects, ProjectOrigin } from './knownProject.js';
