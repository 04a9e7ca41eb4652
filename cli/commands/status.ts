import { basename } from 'node:path';
import { BackupError, EXIT, exitCodeOf, visible, worstExit, type ExitCode } from '../../core/system/index.js';
import { runningWatcher, type RunningWatcher } from '../../core/watch/index.js';
import { schedulesOf } from '../../core/schedule/index.js';
import { assessKnown, openProject, projectSummary } from '../../core/engine.js';
import type { KnownHealth, Project, ProjectSummary } from '../../core/engine.js';
import { healthOf } from '../../core/health/index.js';
import { listKnownProjects } from '../allProjects.js';
import { ALL_OPTION, type Command, type Invocation } from '../command.js';
import type { Console } from '../console.js';
import { outputPath, writeOutput, type OutputKind } from '../outputFile.js';
import { wrongUsage } from '../parseInvocation.js';
import { printStatus, type DueJob } from '../printing/status.js';
import { allView, statusView, watcherView } from '../statusViews.js';

export const statusCommand: Command = {
  name: 'status',
  summary: 'show the live database, its backups and any problems',
  arguments: '[project | --all] [--prometheus [--output FILE] | --html FILE]',
  description: 'Show one project or all of them: the live database, its backups and any problems.',
  output:
    'With --all, one line per project, tab-separated: state, name, passing/features, newest backup, last passed drill, copies, problems, folder. media/status.schema.json describes the output of --json.',
  exitCodes: '3 a live database is damaged, 4 a live database is missing; with --prometheus or --html 0 once written',
  options: {
    ...ALL_OPTION,
    prometheus: { type: 'boolean', description: 'print metrics in the Prometheus text format' },
    output: { type: 'string', value: 'FILE', description: 'with --prometheus: write this file atomically' },
    html: { type: 'string', value: 'FILE', description: 'write a page with a card for each project, replacing FILE' },
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups status --all', 'every known project, worst first'],
    ['feature-backups status --all --html status.html', 'the same as a page for the browser'],
    [
      'feature-backups status --all --prometheus --output feature_backups.prom',
      'for the textfile collector of node_exporter',
    ],
  ],
  async run(invocation, console) {
    const { options } = invocation;
    if (options.text('html') !== undefined) return await writeHtml(invocation, console);
    if (options.has('prometheus')) return await writeMetrics(invocation, console);
    if (options.text('output') !== undefined) throw wrongUsage(statusCommand, '--output needs --prometheus');
    if (options.has('all')) return await showAll(invocation, console);
    const engine = { ports: console.ports, cwd: console.cwd };
    const summary = await projectSummary(await openProject(invocation.project, engine), engine);
    const health = healthOf(summary, console.ports.now());
    const watcher = findWatcher(console);
    console.printJson({ ...statusView(health), watcher: watcherView(watcher) });
    printStatus({ summary, problems: health.problems, due: dueJobs(summary.project, console), watcher }, console);
    return exitCodeFor(summary);
  },
};

async function showAll(invocation: Invocation, console: Console): Promise<ExitCode> {
  const { printStatusTable } = await import('../printing/statusTable.js');
  const all = await assessAll(invocation, console);
  const watcher = findWatcher(console);
  console.printJson({ ...allView(all), watcher: watcherView(watcher) });
  printStatusTable(all, console);
  if (console.isTerminal && all.some(({ problems }) => problems.length > 0)) {
    console.note('Run feature-backups status <folder> for details of a project.\n');
  }
  return worstExit(all.map(exitCodeOfKnown));
}

async function writeMetrics(invocation: Invocation, console: Console): Promise<ExitCode> {
  const { options } = invocation;
  if (console.json) throw wrongUsage(statusCommand, '--json and --prometheus cannot be combined');
  const output = options.text('output');
  const path = output === undefined ? undefined : outputPath(output, METRICS, console.cwd, console.ports);
  const { prometheusText } = await import('../printing/prometheus.js');
  const all = options.has('all') ? await assessAll(invocation, console) : [await assessOne(invocation, console)];
  const text = prometheusText(all, console.ports.now());
  if (path === undefined) console.print(text);
  else writeOutput(path, text, METRICS, console.ports);
  return EXIT.done;
}

const METRICS: OutputKind = {
  operation: 'write the metrics',
  content: 'a file of metrics',
  exampleName: 'feature_backups.prom',
  start: /^# HELP /,
};

const PAGE: OutputKind = {
  operation: 'write the status page',
  content: 'an HTML page',
  exampleName: 'status.html',
  start: /^\s*<!doctype html/i,
};

async function writeHtml(invocation: Invocation, console: Console): Promise<ExitCode> {
  const { options } = invocation;
  for (const other of ['json', 'prometheus', 'output']) {
    if (options.has(other) || options.text(other) !== undefined)
      throw wrongUsage(statusCommand, `--html and --${other} cannot be combined`);
  }
  const { makeCard, statusPage } = await import('../statusPage/index.js');
  const path = outputPath(options.text('html') ?? '', PAGE, console.cwd, console.ports);
  const scope = options.has('all') ? 'all' : 'one';
  const { results: cards, isComplete } =
    scope === 'all'
      ? await assessEach(invocation, console, async (health) => await makeCard(health, scope, console.ports))
      : { results: [await makeCard(await assessOne(invocation, console), scope, console.ports)], isComplete: true };
  writeOutput(path, statusPage(cards, { scope, isComplete, now: console.ports.now() }), PAGE, console.ports);
  if (console.isTerminal) console.note(`Wrote ${visible(path)}\n`);
  return EXIT.done;
}

async function assessAll(invocation: Invocation, console: Console): Promise<readonly KnownHealth[]> {
  return (await assessEach(invocation, console, (health) => health)).results;
}

async function assessEach<T>(
  invocation: Invocation,
  console: Console,
  use: (health: KnownHealth) => T | Promise<T>,
): Promise<{ readonly results: readonly T[]; readonly isComplete: boolean }> {
  const { projects, isComplete } = await listKnownProjects({ command: statusCommand, invocation, console });
  const results: T[] = [];
  for (const [index, known] of projects.entries()) {
    console.ports.onProgress?.(`checking ${known.name}`, index / projects.length);
    results.push(await use(await assessKnown(known, { ports: console.ports })));
  }
  return { results, isComplete };
}

async function assessOne({ project: named }: Invocation, { ports, cwd }: Console): Promise<KnownHealth> {
  const { root } = await openProject(named, { ports, cwd });
  return await assessKnown({ root, name: basename(root), origins: [], status: 'present' }, { ports });
}

/** An unreadable watcher record must not hide the state of the project. */
function findWatcher(console: Console): RunningWatcher | undefined {
  try {
    return runningWatcher(console.ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    console.ports.onWarning?.(`Could not determine whether a watcher is running: ${error.message}`);
    return undefined;
  }
}

/** Only for the text: the JSON document does not contain them. */
function dueJobs(project: Project, { json, ports }: Console): readonly DueJob[] {
  if (json) return [];
  const { schedules, problems } = schedulesOf(project);
  const name = (job: string): string => (job === 'scheduled-backup' ? 'backup' : job);
  return [
    ...schedules.map(({ job, schedule }) => ({ job: name(job), at: schedule.nextAfter(ports.now()) })),
    ...problems.map(({ job }) => ({ job: name(job), at: undefined })),
  ];
}

function exitCodeFor({ live, problem }: ProjectSummary): ExitCode {
  if (live?.condition === 'damaged') return EXIT.damaged;
  if (live?.condition === 'gone') return EXIT.notFound;
  return live === undefined ? exitCodeOf(problem) : EXIT.done;
}

/** A project that is missing or has no database yet is not a failure; an unreadable one is. */
function exitCodeOfKnown({ known, summary, problems }: KnownHealth): ExitCode {
  if (summary !== undefined) return exitCodeFor(summary);
  const isUnusable = known.status === 'present' && problems.some(({ code }) => code === 'store-unusable');
  return isUnusable ? EXIT.failed : EXIT.done;
}
