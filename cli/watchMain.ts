import { basename, resolve } from 'node:path';
import { listProjectsWithCompleteness, type KnownProject, type ListedProjects } from '../core/projects/index.js';
import { EXIT, exitCodeOf, worstExit, type BackupError, type ExitCode } from '../core/system/index.js';
import {
  runAsOnlyWatcher,
  DEFAULT_WATCH_TIMES,
  Watcher,
  type WatchEvent,
  type WatchTimes,
} from '../core/watch/index.js';
import type { Invocation } from './command.js';
import { watchCommand } from './commands/watch.js';
import { openConsole, type Console } from './console.js';
import { parseInvocation, wrongUsage } from './parseInvocation.js';
import { reportError } from './printing/errors.js';
import { watchPrinter } from './printing/watchEvents.js';

/** Defined by the bundler. */
declare const __FEATURE_BACKUPS_VERSION__: string;

/** Watches until stopped. A separate bundle, because a process that runs for weeks is set up differently. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  const json = args.includes('--json');
  try {
    const console = await openConsole(json);
    return await watch(parseInvocation(watchCommand, args, console.cwd), console);
  } catch (error) {
    return await reportError(error, json);
  }
}

async function watch(invocation: Invocation, console: Console): Promise<ExitCode> {
  const times = timesIn(invocation);
  const named = namedProjects(invocation, console);
  const once = invocation.options.has('once');
  const print = watchPrinter(console);
  const worst = new WorstCode(named.length > 0);
  const report = (event: WatchEvent): void => {
    worst.note(event);
    print(event);
  };
  const signal = stopSignal();
  await runAsOnlyWatcher(console.ports, async (heartbeat) => {
    const watcher = new Watcher(
      {
        listProjects: async () =>
          named.length > 0
            ? { projects: named.map((path) => asKnown(path, console.ports)), isComplete: true }
            : await knownProjects(console),
        times,
        report,
        heartbeat: (report) => heartbeat({ ...report, version: __FEATURE_BACKUPS_VERSION__ }),
      },
      console.ports,
    );
    await (once ? watcher.runOnce(signal) : watcher.run(signal));
  });
  if (once) return worst.code;
  // An upload that is still running would keep this process alive.
  process.exit(EXIT.done);
}

/** The first signal shuts the watcher down cleanly; the second one ends it at once. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(EXIT.failed);
      stopping.abort();
    });
  }
  return stopping.signal;
}

function namedProjects({ project, selectors }: Invocation, { cwd }: Console): readonly string[] {
  const named = project === undefined ? selectors : [project, ...selectors];
  return [...new Set(named.map((path) => resolve(cwd, path)))];
}

/** All known projects that have, or had, a database. */
async function knownProjects({ ports }: Console): Promise<ListedProjects> {
  const { projects, isComplete } = await listProjectsWithCompleteness(ports);
  return { projects: projects.filter(({ status }) => status !== 'no-database'), isComplete };
}

function asKnown(path: string, { files }: Console['ports']): KnownProject {
  const exists = files.statSync(path, { throwIfNoEntry: false }) !== undefined;
  return { root: path, name: basename(path), origins: ['configured'], status: exists ? 'present' : 'gone' };
}

function timesIn({ options }: Invocation): WatchTimes {
  const seconds = (name: string, defaultMs: number): number => {
    const text = options.text(name);
    if (text === undefined) return defaultMs;
    const value = Number(text);
    if (text.trim() !== '' && value >= MIN_SECONDS && value <= MAX_SECONDS) return value * 1000;
    throw wrongUsage(watchCommand, `--${name} takes a number of seconds from ${MIN_SECONDS} to ${MAX_SECONDS}`);
  };
  const quietMs = seconds('quiet-time', DEFAULT_WATCH_TIMES.quietMs);
  const maxWaitMs = seconds('longest-wait', DEFAULT_WATCH_TIMES.maxWaitMs);
  const passMs = seconds('look-every', DEFAULT_WATCH_TIMES.passMs);
  return { quietMs, maxWaitMs, passMs, listMs: Math.max(passMs, DEFAULT_WATCH_TIMES.listMs) };
}

const MIN_SECONDS = 0.1;
const MAX_SECONDS = 86_400;

/** The exit code of `watch --once`. */
class WorstCode {
  code: ExitCode = EXIT.done;

  constructor(private readonly areNamed: boolean) {}

  note(event: WatchEvent): void {
    this.code = worstExit([this.code, this.#codeOf(event)]);
  }

  #codeOf(event: WatchEvent): ExitCode {
    switch (event.kind) {
      case 'damaged':
        return EXIT.damaged;
      case 'job':
        return event.run.problem === undefined ? EXIT.done : codeOfProblem(event.run.error);
      case 'trouble':
        // A project of the registry that was deleted is reported, but is not a failure.
        return event.error.code === 'project-not-found' && !this.areNamed ? EXIT.done : exitCodeOf(event.error);
      default:
        return EXIT.done;
    }
  }
}

/** A job with a problem but no error has found damage. */
function codeOfProblem(error: BackupError | undefined): ExitCode {
  return error === undefined ? EXIT.damaged : exitCodeOf(error);
}
