import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { McpServers } from './agents/mcpServers.js';
import { AllProjects } from './allProjects/allProjects.js';
import { AllProjectsView } from './allProjects/allProjectsView.js';
import { GreyedProjects } from './allProjects/greyedProjects.js';
import { registerCommands } from './commands/registerCommands.js';
import { FeatureDocuments } from './documents/featureDocuments.js';
import { PreviewDocuments } from './documents/previewDocuments.js';
import { EngineProcess } from './engine/engineProcess.js';
import { Scheduler } from './jobs/scheduler.js';
import { Log } from './log.js';
import { ProblemNotifier } from './notify/problemNotifier.js';
import { OpenWorkspaces } from './projects/openWorkspaces.js';
import { Projects } from './projects/projects.js';
import { milliseconds } from './settings.js';
import { StatusBar } from './status/statusBar.js';
import type { ExtensionApi } from './testApi.js';
import { Timelines } from './timeline/timelines.js';
import { BackupsTree } from './tree/backupsTree.js';
import { HistoryRows } from './tree/historyRows.js';
import { l10n, translateWith } from './words/l10n.js';

/** Starts no engine process: the first call does. */
export function activate(context: vscode.ExtensionContext): ExtensionApi | undefined {
  const startedAtMs = performance.now();
  translateWith((message, ...values) => vscode.l10n.t(message, ...values));
  try {
    const log = new Log();
    const api = start(context, log);
    log.info(`Activated in ${(performance.now() - startedAtMs).toFixed(1)} ms`);
    return context.extensionMode === vscode.ExtensionMode.Test ? api : undefined;
  } catch (error) {
    // VS Code itself only logs a failed activation.
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(l10n.t('Feature Backups could not start: {0}', reason));
    throw error;
  }
}

const IDLE_MS = 60_000;

function start(context: vscode.ExtensionContext, log: Log): ExtensionApi {
  const engineOptions = {
    entry: join(context.extensionPath, 'dist', 'engine-host.cjs'),
    idleMs: IDLE_MS,
    onLog: (line: string) => log.info(line),
    onNotice: (notice: string) => void vscode.window.showInformationMessage(`${notice}.`),
  };
  const engine = new EngineProcess({
    ...engineOptions,
    timeLimitMs: () => Math.max(MINIMUM_TIME_LIMIT_MS, milliseconds('engine.timeLimitSeconds')),
  });
  const background = new EngineProcess({ ...engineOptions, timeLimitMs: () => BACKGROUND_LIMIT_MS });
  const isTrusted = (): boolean => vscode.workspace.isTrusted;
  const projects = new Projects({ engine, log, isTrusted });
  const tree = new BackupsTree(projects, new HistoryRows(engine, log));
  const statusBar = new StatusBar(projects);
  const notifier = new ProblemNotifier(projects, context.workspaceState);
  const allProjects = new AllProjects(engine, log);
  const isKnown = (root: string): boolean => projects.has(root) || allProjects.find(root) !== undefined;
  const documents = new FeatureDocuments(engine, projects, isKnown);
  const allProjectsView = new AllProjectsView(allProjects);
  const scheduler = new Scheduler({ background, projects, log, isTrusted });
  const { extensionUri } = context;
  const timelines = new Timelines({ projects, tree, log, extensionUri });
  const mcpServers = new McpServers(projects, context.extension);
  const previews = new PreviewDocuments();
  const programsPath = join(context.globalStorageUri.fsPath, 'programs');
  const commands = registerCommands({
    ...{ engine, background, projects, allProjects, documents, previews, tree, timelines, log },
    ...{ extensionUri, programsPath },
  });
  context.subscriptions.push(
    log,
    engine,
    background,
    projects,
    new OpenWorkspaces(projects, log),
    allProjects,
    allProjectsView,
    new GreyedProjects(),
    scheduler,
    documents,
    tree,
    statusBar,
    notifier,
    timelines,
    mcpServers,
    previews,
    commands,
  );
  projects
    .discover()
    .then(() => updatePrograms(engine, programsPath))
    .catch((error: unknown) => log.error('find projects', error));
  return { engine, projects, allProjects, allProjectsView, scheduler, tree, statusBar, timelines, mcpServers };
}

const MINIMUM_TIME_LIMIT_MS = 5_000;
/** High, because the sync of a large store over a slow connection takes long. */
const BACKGROUND_LIMIT_MS = 2 * 60 * 60_000;

/** Hooks and agents may start programs that an older version installed. */
async function updatePrograms(engine: EngineProcess, programsPath: string): Promise<void> {
  if (existsSync(programsPath)) await engine.call('updatePrograms', { programsPath });
}
