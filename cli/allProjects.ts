import { listProjects, openProject } from '../core/engine.js';
import type { EngineOptions, KnownProject, Project } from '../core/engine.js';
import {
  BackupError,
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
import { count } from './printing/words.js';

/** How a command went for one project. */
export interface ProjectResult {
  readonly exit: ExitCode;
  /** In one line, for people; made visible already. */
  readonly text: string;
  /** What the command prints with --json for this project alone. */
  readonly document: object;
}

/** One known project, and how the command went there; undefined where there is nothing to do it with. */
export interface ProjectRun {
  readonly known: KnownProject;
  readonly exit: ExitCode;
  readonly text: string;
  readonly document: object | undefined;
  readonly error: unknown;
}

export interface AllProjects {
  readonly command: Command;
  readonly invocation: Invocation;
  readonly console: Console;
  /** Settings over each project's own. */
  readonly overrides?: EngineOptions['overrides'];
}

/**
 * Runs a command's work on every known project, one after the other, and says a line of each; at the end again what went
 * wrong, the worst first, and a summary. A project that fails does not stop the others; one that is gone, or has no
 * database yet, is told and fails nothing. The exit code is that of the worst.
 */
export async function runOnAll(
  all: AllProjects,
  work: (project: Project) => Promise<ProjectResult>,
): Promise<ExitCode> {
  return reportRuns(await runOnEach(all, work), all.console);
}

/** The first half of it: does the work, and says a line of each project unless it is to be quiet. */
export async function runOnEach(
  all: AllProjects,
  work: (project: Project) => Promise<ProjectResult>,
  { isQuiet = false } = {},
): Promise<readonly ProjectRun[]> {
  const runs: ProjectRun[] = [];
  for (const known of await knownProjects(all)) {
    const run = await runOn(known, all, work);
    runs.push(run);
    if (!isQuiet) all.console.print(lineOf(run, all.console));
  }
  return runs;
}

/** The second half: the summary for people, the document for programs, and the exit code. */
export function reportRuns(runs: readonly ProjectRun[], console: Console): ExitCode {
  console.printJson({ projects: runs.map(runView) });
  summarise(runs, console);
  return worstExit(runs.map(({ exit }) => exit));
}

/** Every project there is. Throws `usage` where one is named as well, and `project-not-found` where there is none. */
export async function knownProjects({ command, invocation, console }: AllProjects): Promise<readonly KnownProject[]> {
  if (invocation.project !== undefined) throw wrongUsage(command, 'Name a project or say --all, not both');
  const projects = await listProjects({ ports: console.ports });
  if (projects.length > 0) return projects;
  throw new BackupError('No project is known', {
    code: 'project-not-found',
    operation: 'find all projects',
    hint:
      'Known are those in AutoForge’s list (.autoforge/registry.db in your home), the folders that "projects" in your\n' +
      'own configuration file names, and the workspaces that are open in an editor.',
  });
}

/** One project; what is thrown there is its result. */
export async function runOn(
  known: KnownProject,
  { console, overrides }: Pick<AllProjects, 'console' | 'overrides'>,
  work: (project: Project) => Promise<ProjectResult>,
): Promise<ProjectRun> {
  const nothing = { known, exit: EXIT.done, document: undefined, error: undefined };
  if (known.status === 'gone') return { ...nothing, text: 'gone: there is no such folder any more' };
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

/** For people: in a pipe each line says all there is. */
function summarise(runs: readonly ProjectRun[], console: Console): void {
  if (!console.isTerminal) return;
  const failed = runs.filter(({ exit }) => exit !== EXIT.done).toSorted((a, b) => worstExitFirst(a.exit, b.exit));
  if (failed.length > 0 && runs.length > SHORT_RUN) {
    console.print(`\n${console.colours.bold('Not well:')}\n`);
    for (const { known, text } of failed) console.print(`  ${visible(known.root)}\n    ${text}\n`);
  }
  const gone = runs.filter(({ known }) => known.status === 'gone').length;
  const parts = [
    failed.length === 0 ? console.colours.green('all well') : console.colours.red(`${String(failed.length)} not well`),
    ...(gone > 0 ? [console.colours.yellow(`${String(gone)} gone`)] : []),
  ];
  console.print(`\n${count(runs.length, 'project')}: ${parts.join(', ')}.\n`);
}

/** So few lines that each is still on the screen. */
const SHORT_RUN = 5;

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
