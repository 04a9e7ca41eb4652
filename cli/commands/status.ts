import { openProject, projectSummary } from '../../core/engine.js';
import type { Backup, LiveObservation, ProjectSummary } from '../../core/engine.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';
import { EXIT, exitCodeOf, type ExitCode } from '../exitCodes.js';
import { errorDocument } from '../printing/errors.js';
import { visible } from '../printing/escape.js';
import { age, count, counts, size } from '../printing/words.js';
import { backupView } from '../views.js';

export const statusCommand: Command = {
  name: 'status',
  summary: 'show how a project stands: its live database and its backups',
  arguments: '[project]',
  description: 'The exit code is 3 when the live database is damaged, and 4 when it is gone.',
  options: {},
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups status', 'at a glance'],
    ['feature-backups status ~/shop-front --json', 'for a script'],
  ],
  async run({ project: named }, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const summary = await projectSummary(await openProject(named, engine), engine);
    console.printJson(summaryView(summary));
    const rows = [
      ['project', visible(summary.project.root)],
      ['database', visible(summary.project.databasePath)],
      ['', liveText(summary, console)],
      ...(summary.live?.problems ?? []).map((problem) => ['', visible(problem)]),
      ['store', storeText(summary)],
      ['newest', backupText(summary.newest, console)],
      ['last good', backupText(summary.lastGood, console)],
    ];
    printRows(rows, console);
    const advice = adviceFor(summary);
    if (advice !== undefined) console.note(`${advice}\n`);
    return exitCodeFor(summary);
  },
};

function liveText({ live, problem, newest }: ProjectSummary, { colours }: Console): string {
  if (live === undefined)
    return colours.yellow(`could not be looked at: ${visible(problem?.message ?? 'unknown reason')}`);
  const held = live.counts === undefined ? [] : [counts(live.counts)];
  const bytes = live.sizeBytes === undefined ? [] : [size(live.sizeBytes)];
  const since = newest === undefined ? 'not backed up yet' : 'changed since the newest backup';
  const changed = live.changed ? since : 'held by the newest backup';
  switch (live.condition) {
    case 'sound':
      return [...held, ...bytes, colours.green('sound'), changed].join(', ');
    case 'shrunk':
      return [...held, ...bytes, colours.yellow('far fewer features than the backups hold')].join(', ');
    case 'damaged':
      return [...held, ...bytes, colours.red('damaged')].join(', ');
    case 'gone':
      return colours.red('gone');
  }
}

function storeText({ project, backupCount, emergencyCount, totalSizeBytes }: ProjectSummary): string {
  const emergencies = emergencyCount === 0 ? '' : `, ${count(emergencyCount, 'emergency backup')}`;
  return `${visible(project.storePath)}: ${count(backupCount, 'backup')}${emergencies}, ${size(totalSizeBytes)}`;
}

function backupText(backup: Backup | undefined, { colours, ports }: Console): string {
  if (backup === undefined) return colours.dim('none');
  return `${visible(backup.id)}, ${age(backup.createdAt, ports.now())}, ${counts(backup.counts)}`;
}

/** Words before values on a terminal; in a pipe the same with a tab between. */
function printRows(rows: readonly (readonly string[])[], console: Console): void {
  for (const [name = '', value = ''] of rows) {
    console.print(console.isTerminal ? `${console.colours.bold(name.padEnd(9))}  ${value}\n` : `${name}\t${value}\n`);
  }
}

function adviceFor({ live, lastGood, newest }: ProjectSummary): string | undefined {
  if (live?.condition === 'damaged' || live?.condition === 'gone') {
    return lastGood === undefined
      ? 'There is no backup that verified.'
      : 'feature-backups restore last-good --dry-run shows what going back to the last good backup would change.';
  }
  if (live?.condition === 'shrunk')
    return 'Nothing is pruned meanwhile. feature-backups list shows the backups, and compare with one of them what is missing.';
  if (newest === undefined) return 'There is no backup yet: feature-backups backup makes one.';
  return undefined;
}

function exitCodeFor({ live, problem }: ProjectSummary): ExitCode {
  if (live?.condition === 'damaged') return EXIT.damaged;
  if (live?.condition === 'gone') return EXIT.notFound;
  return live === undefined ? exitCodeOf(problem) : EXIT.done;
}

function summaryView(summary: ProjectSummary) {
  const { project, live, problem, newest, lastGood, backupCount, emergencyCount, totalSizeBytes } = summary;
  return {
    project: project.root,
    databasePath: project.databasePath,
    storePath: project.storePath,
    live: live === undefined ? null : liveView(live),
    problem: problem === undefined ? null : errorDocument(problem).error,
    newest: newest === undefined ? null : backupView(newest),
    lastGood: lastGood === undefined ? null : backupView(lastGood),
    backupCount,
    emergencyCount,
    totalSizeBytes,
    configuration: project.configuration,
  };
}

function liveView({ counts: live, sizeBytes, ...rest }: LiveObservation) {
  return { ...rest, counts: live ?? null, sizeBytes: sizeBytes ?? null };
}
