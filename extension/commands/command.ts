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

/** What the commands work with. */
export interface Services {
  readonly engine: EngineProcess;
  /** For what takes long, so that nobody waits behind it. */
  readonly background: EngineProcess;
  readonly projects: Projects;
  readonly allProjects: AllProjects;
  readonly documents: FeatureDocuments;
  readonly tree: BackupsTree;
  readonly timelines: Timelines;
  readonly log: Log;
  readonly previews: PreviewDocuments;
  readonly extensionUri: vscode.Uri;
  /** Where the programs are installed that hooks and settings name. */
  readonly programsPath: string;
}

export interface Command {
  readonly name: CommandName;
  /** It writes into the project, so it is refused in a workspace that is not trusted. */
  readonly writes: boolean;
  /** What it throws is shown, with what helps; a BackupError `cancelled` is silent. */
  readonly run: (services: Services, target: Target) => Promise<void> | void;
}
