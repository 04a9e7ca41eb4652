import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { McpServers } from './agents/mcpServers.js';
import { registerCommands } from './commands/registerCommands.js';
import { FeatureDocuments } from './documents/featureDocuments.js';
import { PreviewDocuments } from './documents/previewDocuments.js';
import { EngineProcess } from './engine/engineProcess.js';
import { Log } from './log.js';
import { ProblemNotifier } from './notify/problemNotifier.js';
import { Projects } from './projects/projects.js';
import { milliseconds } from './settings.js';
import { StatusBar } from './status/statusBar.js';
import type { ExtensionApi } from './testApi.js';
import { Timelines } from './timeline/timelines.js';
import { BackupsTree } from './tree/backupsTree.js';
import { l10n, translateWith } from './words/l10n.js';

/** Wires the parts; whatever they need of the engine happens later, in its own process. */
export function activate(context: vscode.ExtensionContext): ExtensionApi | undefined {
  const startedAtMs = performance.now();
  translateWith((message, ...values) => vscode.l10n.t(message, ...values));
  try {
    const log = new Log();
    const api = start(context, log);
    log.info(`Activated in ${(performance.now() - startedAtMs).toFixed(1)} ms`);
    return context.extensionMode === vscode.ExtensionMode.Test ? api : undefined;
  } catch (error) {
    // VS Code itself only writes a line into a log that nobody reads.
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(l10n.t('Feature Backups could not start: {0}', reason));
    throw error;
  }
}

const IDLE_MS = 60_000;

function start(context: vscode.ExtensionContext, log: Log): ExtensionApi {
  const engine = new EngineProcess({
    entry: join(context.extensionPath, 'dist', 'engine-host.cjs'),
    idleMs: IDLE_MS,
    timeLimitMs: () => Math.max(MINIMUM_TIME_LIMIT_MS, milliseconds('engine.timeLimitSeconds')),
    onLog: (line) => log.info(line),
  });
  const isTrusted = (): boolean => vscode.workspace.isTrusted;
  const projects = new Projects({ engine, log, isTrusted }, context.workspaceState);
  const documents = new FeatureDocuments(engine, projects);
  const tree = new BackupsTree(projects);
  const statusBar = new StatusBar(projects);
  const notifier = new ProblemNotifier(projects);
  const { extensionUri } = context;
  const timelines = new Timelines({ projects, tree, log, extensionUri });
  const mcpServers = new McpServers(projects, context.extension);
  const previews = new PreviewDocuments();
  const programsPath = join(context.globalStorageUri.fsPath, 'programs');
  const commands = registerCommands({
    ...{ engine, projects, documents, previews, tree, timelines, log },
    ...{ extensionUri, programsPath },
  });
  context.subscriptions.push(
    log,
    engine,
    projects,
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
    .catch((error: unknown) => log.error('look for projects', error));
  return { engine, projects, tree, statusBar, timelines, mcpServers };
}

const MINIMUM_TIME_LIMIT_MS = 5_000;

/** Hooks and agents start programs of ours that were installed by an older version. */
async function updatePrograms(engine: EngineProcess, programsPath: string): Promise<void> {
  if (existsSync(programsPath)) await engine.call('updatePrograms', { programsPath });
}
