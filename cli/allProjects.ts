import { openProject } from '../core/engine.js';
import { listProjectsWithCompleteness, type ListedProjects } from '../core/projects/index.js';
import type { EngineOptions, KnownProject, Project } from '../core/engine.js';
import {
  BackupError,
  countInWords,
  EXIT,
  exitCodeOf,
  visible,
  worstExit,
  worstExitFirst,
  type ExitCode,
} from '../core/system/index.js';
import type { Command, Invocation } from './command.js';
import type { Console } from './console.js';
import { wrongUsage } from './parseInvocation.js';
import { errorDocument } from './printing/errors.js';

/** The result of a command for one project. */
export interface ProjectResult {
  readonly exit: ExitCode;
  /** One line for the user, already escaped. */
  readonly text: string;
  /** The document that --json prints for this project alone. */
  readonly document: object;
}

/** One known project with its result; `document` is undefined if the command did not run there. */
export interface ProjectRun {
  readonly known: KnownProject;
  readonly exit: ExitCode;
  readonly text: string;
  readonly document: object | undefined;
  readonly error: unknown;
}

export interface AllProjectsContext {
  readonly command: Command;
  readonly invocation: Invocation;
  readonly console: Console;
  /** Override each project's own settings. */
  readonly overrides?: EngineOptions['overrides'];
}

/**
 * Runs a command on every known project in turn and prints a line for each, then the failures, worst first, and a
 * summary. A failing project does not stop the others; one that is missing or has no database yet is not a failure. The
 * exit code is the worst one.
 */
export async function runOnAllProjects(
  all: AllProjectsContext,
  work: (project: Project) => Promise<ProjectResult>,
): Promise<ExitCode> {
  return reportRuns(await runOnEachProject(all, work), all.console);
}

/** The first half of `runOnAllProjects`: does the work, and prints a line for each project unless `isQuiet`. */
export async function runOnEachProject(
  all: AllProjectsContext,
  work: (project: Project) => Promise<ProjectResult>,
  { isQuiet = false } = {},
): Promise<readonly ProjectRun[]> {
  const runs: ProjectRun[] = [];
  for (const known of await knownProjects(all)) {
    const run = await runOnProject(known, all, work);
    runs.push(run);
    if (!isQuiet) all.console.print(lineOf(run, all.console));
  }
  return runs;
}

/**
 * The second half of `runOnAllProjects`: prints the summary for the user or the document for programs; returns the exit
 * code.
 */
export function reportRuns(runs: readonly ProjectRun[], console: Console): ExitCode {
  console.printJson({ projects: runs.map(runView) });
  printSummary(runs, console);
  return worstExit(runs.map(({ exit }) => exit));
}

/** Every known project. Throws `usage` if a project is named as well, and `project-not-found` if none is known. */
export async function knownProjects(all: AllProjectsContext): Promise<readonly KnownProject[]> {
  return (await listKnownProjects(all)).projects;
}

/** Like `knownProjects`, but also returns whether the list may be incomplete. */
export async function listKnownProjects({ command, invocation, console }: AllProjectsContext): Promise<ListedProjects> {
  if (invocation.project !== undefined) throw wrongUsage(command, 'Use either a project or --all, not both');
  const listed = await listProjectsWithCompleteness(console.ports);
  if (listed.projects.length > 0) return listed;
  throw new BackupError('No projects found', {
    code: 'project-not-found',
    operation: 'find all projects',
    hint:
      'Projects come from AutoForge’s registry (.autoforge/registry.db in your home folder), from "projects" in your\n' +
      'user configuration file, from workspaces open in an editor, and from earlier backups.',
  });
}

/** Runs the work on one project. An error becomes its result. */
export async function runOnProject(
  known: KnownProject,
  { console, overrides }: Pick<AllProjectsContext, 'console' | 'overrides'>,
  work: (project: Project) => Promise<ProjectResult>,
): Promise<ProjectRun> {
  const nothing = { known, exit: EXIT.done, document: undefined, error: undefined };
  if (known.status === 'gone') return { ...nothing, text: 'the folder is missing' };
  if (known.status === 'no-database') return { ...nothing, text: 'no database yet' };
  try {
    const project = await openProject(known.root, { ports: console.ports, overrides });
    return { ...nothing, ...(await work(project)) };
  } catch (error) {
    const text = visible(error instanceof Error ? error.message : String(error));
    return { ...nothing, exit: exitCodeOf(error), text, error };
  }
}

function lineOf({ known, exit, text }: ProjectRun, { isTerminal, colours }: Console): string {
  const word = exit !== EXIT.done ? 'failed' : known.status === 'present' ? 'ok' : known.status;
  if (!isTerminal) return `${word}\t${visible(known.root)}\t${text}\n`;
  const mark =
    word === 'failed'
      ? colours.red('✗')
      : word === 'ok'
        ? colours.green('✓')
        : colours.yellow(word === 'gone' ? '!' : '·');
  return `${mark} ${colours.bold(visible(known.name))}  ${text}\n`;
}

/** Only on a terminal: elsewhere, the lines themselves are complete. */
function printSummary(runs: readonly ProjectRun[], console: Console): void {
  if (!console.isTerminal) return;
  const failed = runs.filter(({ exit }) => exit !== EXIT.done).toSorted((a, b) => worstExitFirst(a.exit, b.exit));
  if (failed.length > 0 && runs.length > MAX_LINES_ON_SCREEN) {
    console.print(`\n${console.colours.bold('Failed:')}\n`);
    for (const { known, text } of failed) console.print(`  ${visible(known.root)}\n    ${text}\n`);
  }
  const missingCount = runs.filter(({ known }) => known.status === 'gone').length;
  const parts = [
    failed.length === 0 ? console.colours.green('no failures') : console.colours.red(`${String(failed.length)} failed`),
    ...(missingCount > 0 ? [console.colours.yellow(`${String(missingCount)} missing`)] : []),
  ];
  console.print(`\n${countInWords(runs.length, 'project')}: ${parts.join(', ')}.\n`);
}

/** Up to this many projects, every line is still on the screen. */
const MAX_LINES_ON_SCREEN = 5;

function runView({ known, exit, document, error }: ProjectRun) {
  return {
    name: known.name,
    root: known.root,
    origins: known.origins,
    status: known.status,
    exitCode: exit,
    result: document ?? null,
    error: error === undefined ? null : errorDocument(error).error,
  };
}
