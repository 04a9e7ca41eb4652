import { join, resolve } from 'node:path';
import * as examination from '../doctor/index.js';
import type { DoctorReport, UnopenedProject } from '../doctor/index.js';
import { possibleRoots, type Project } from '../project/index.js';
import { BackupError, stableNode } from '../system/index.js';
import * as setup from '../setup/index.js';
import type { RemovalPlan, SetupKind, SetupPart, SetupPlan, SetupPrograms } from '../setup/index.js';
import type { AgentProject } from '../agents/index.js';
import { openProject, portsOf, type EngineOptions, type ProjectReference } from './backups.js';

export interface SetupOptions extends EngineOptions {
  /** What hooks and taps start; the programs of this package by default. */
  readonly programs?: SetupPrograms | undefined;
}

/**
 * Tries every link of a project's protection: the database, the places where backups are stored, and each installed hook,
 * tap and service. Backs up nothing, and starts no program of the user. A project that cannot be opened is a problem in the
 * report. Throws `project-not-found` or `database-not-found` where no project is known.
 */
export async function doctor(project?: ProjectReference, options: SetupOptions = {}): Promise<DoctorReport> {
  return await examination.examineProject(await openOrExplain(project, options), programsOf(options), portsOf(options));
}

async function openOrExplain(project: ProjectReference, options: EngineOptions): Promise<Project | UnopenedProject> {
  try {
    return await openProject(project, options);
  } catch (error) {
    if (!(error instanceof BackupError) || typeof project === 'object') throw error;
    const ports = portsOf(options);
    const folders = possibleRoots({ argument: project, cwd: options.cwd ?? process.cwd() }, ports);
    const unopened = await examination.findUnopenedProject(error, folders, ports);
    if (unopened === undefined) throw error;
    return unopened;
  }
}

/**
 * Plans the connections that a project uses: Claude Code, MCP servers, git hooks. `only`: exactly these, such as the
 * `repair`s of a report. The project may have no database yet. Changes nothing.
 */
export async function planSetup(
  project?: ProjectReference,
  options: SetupOptions & { readonly only?: readonly SetupKind[] | undefined } = {},
): Promise<SetupPlan> {
  const found = await openAgentProject(project, options);
  return await setup.planSetup(found, programsOf(options), portsOf(options), options.only);
}

/** Throws if a file has changed since the plan was made. */
export function installPart(part: SetupPart, options: EngineOptions = {}): void {
  setup.install(part, portsOf(options));
}

/**
 * Plans to take out every hook, tap and service that was installed, in all known projects or in `root`. Keeps all
 * backups. Changes nothing.
 */
export async function planRemoval(
  options: SetupOptions & { readonly root?: string | undefined } = {},
): Promise<RemovalPlan> {
  return await setup.planRemoval(programsOf(options), portsOf(options), options.root);
}

/** Throws if a file has changed since the plan was made. */
export async function uninstallPart(part: SetupPart, options: EngineOptions = {}): Promise<void> {
  await setup.uninstall(part, portsOf(options));
}

/** The project may have no database yet: an agent is best connected before its first run. */
async function openAgentProject(project: ProjectReference, options: EngineOptions): Promise<AgentProject> {
  try {
    return await openProject(project, options);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'database-not-found' || typeof project === 'object')
      throw error;
    const root = resolve(options.cwd ?? process.cwd(), project ?? portsOf(options).environment.PROJECT_DIR ?? '.');
    return { root, storePath: join(root, '.feature_backups') };
  }
}

function programsOf(options: SetupOptions): SetupPrograms {
  return options.programs ?? { node: stableNode(process.execPath, portsOf(options)), folder: BUNDLES };
}

/** The bundles are in one folder. When the sources are run directly, that is dist. */
const BUNDLES = import.meta.filename.endsWith('.ts') ? resolve(import.meta.dirname, '../../dist') : import.meta.dirname;
