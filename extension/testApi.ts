import type { McpServers } from './agents/mcpServers.js';
import type { AllProjects } from './allProjects/allProjects.js';
import type { AllProjectsView } from './allProjects/allProjectsView.js';
import type { EngineProcess } from './engine/engineProcess.js';
import type { Scheduler } from './jobs/scheduler.js';
import type { Projects } from './projects/projects.js';
import type { StatusBar } from './status/statusBar.js';
import type { Timelines } from './timeline/timelines.js';
import type { BackupsTree } from './tree/backupsTree.js';

/** Returned by `activate`, only in tests. */
export interface ExtensionApi {
  readonly engine: EngineProcess;
  readonly projects: Projects;
  readonly allProjects: AllProjects;
  readonly allProjectsView: AllProjectsView;
  readonly scheduler: Scheduler;
  readonly tree: BackupsTree;
  readonly statusBar: StatusBar;
  readonly timelines: Timelines;
  readonly mcpServers: McpServers;
}
