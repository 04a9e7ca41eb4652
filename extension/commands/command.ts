import type * as vscode from 'vscode';
import type { CommandName } from '../contributions.js';
import type { AllProjects } from '../allProjects/allProjects.js';
import type { FeatureDocuments } from '../documents/featureDocuments.js';
import type { PreviewDocuments } from '../documents/previewDocuments.js';
import type { EngineProcess } from '../engine/engineProcess.js';
import type { Log } from '../log.js';
import type { Projects } from '../projects/projects.js';
import type { Timelines } from '../timeline/timelines.js';
import type { BackupsTree } from '../tree/backupsTree.js';
import type { Target } from './target.js';

/** Dependencies of the commands. */
export interface Services {
  readonly engine: EngineProcess;
  /** For long operations, so that they do not block the others. */
  readonly background: EngineProcess;
  readonly projects: Projects;
  readonly allProjects: AllProjects;
  readonly documents: FeatureDocuments;
  readonly tree: BackupsTree;
  readonly timelines: Timelines;
  readonly log: Log;
  readonly previews: PreviewDocuments;
  readonly extensionUri: vscode.Uri;
  /** Folder of the programs that hooks and settings start. */
  readonly programsPath: string;
}

export interface Command {
  readonly name: CommandName;
  /** Writing commands are refused in an untrusted workspace. */
  readonly writes: boolean;
  /** Errors are shown and logged by the caller; `cancelled` is silent. */
  readonly run: (services: Services, target: Target) => Promise<void> | void;
}
