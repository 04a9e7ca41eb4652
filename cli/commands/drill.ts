import { drill, openProject } from '../../core/engine.js';
import type { DrillChoice, DrilledBackup, DrillOutcome } from '../../core/engine.js';
import { EXIT, visible, type ExitCode } from '../../core/system/index.js';
import { runOnAll } from '../allProjects.js';
import { ALL_OPTION, type Command } from '../command.js';
import type { Console } from '../console.js';
import { count, counts } from '../printing/words.js';
import { backupView } from '../views.js';

export const drillCommand: Command = {
  name: 'drill',
  summary: 'prove that backups can be restored, by restoring them into a scratch folder',
  arguments: '[project | --all] [<backup>]',
  description:
    'The newest, the oldest and, by chance, one of the others and one state of the history; or the one that is named. Each\n' +
    'is restored as a restore does it, and every feature compared as two independent readers see it: sql.js, and Node’s\n' +
    'own SQLite or the sqlite3 program. The live database is not touched. A backup that fails counts as damaged, and the\n' +
    'exit code is 3.',
  options: { ...ALL_OPTION },
  selectors: { least: 0, most: 1 },
  examples: [
    ['feature-backups drill', 'three backups of the project around the working directory'],
    ['feature-backups drill last-good', 'only the newest that verified'],
    ['feature-backups drill --all', 'three backups of every known project'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    const [backup] = invocation.selectors;
    if (options.has('all')) {
      return await runOnAll({ command: drillCommand, invocation, console }, async (found) => {
        const drilled = await drill(found, { ports: console.ports, cwd: console.cwd, backup });
        // A project that has just begun has nothing to prove.
        const exit = drilled.drilled.length === 0 ? EXIT.done : exitCodeFor(drilled);
        return { exit, text: lineOf(drilled), document: outcomeView(drilled) };
      });
    }
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const outcome = await drill(project, { ports: console.ports, cwd: console.cwd, backup });
    console.printJson(outcomeView(outcome));
    printDrilled(outcome, console);
    return exitCodeFor(outcome);
  },
};

function printDrilled({ drilled, ok, recordProblem }: DrillOutcome, console: Console): void {
  console.printTable(
    [{ title: 'BACKUP' }, { title: 'CHOSEN' }, { title: 'HOLDS' }, { title: 'READ BY' }, { title: 'RESULT' }],
    drilled.map((one) => [
      visible(one.backup.id),
      WORDS[one.choice],
      counts(one.backup.counts),
      readers(one),
      mark(one, console),
    ]),
    drilled.map((one) => [
      visible(one.backup.id),
      one.choice,
      one.reader,
      resultOf(one),
      one.problems.map(visible).join('; '),
    ]),
  );
  if (drilled.length === 0) console.note('There is no backup to drill yet: feature-backups backup makes one.\n');
  else if (console.isTerminal) {
    for (const { backup, problems } of drilled) {
      for (const problem of problems) console.print(`${visible(backup.id)}: ${visible(problem)}\n`);
    }
    const { green, red } = console.colours;
    const bad = drilled.filter((one) => !one.ok).length;
    console.print(
      ok
        ? `${green('Proven:')} ${count(drilled.length, 'backup')} restored, every feature as it should be.\n`
        : `${red('Not proven:')} ${count(bad, 'backup')} of ${String(drilled.length)}.\n`,
    );
  }
  for (const problem of [recordProblem, ...drilled.map((one) => one.recordProblem)]) {
    if (problem !== undefined) console.note(`The result could not be noted: ${visible(problem.message)}\n`);
  }
}

const WORDS: Readonly<Record<DrillChoice, string>> = {
  newest: 'the newest',
  random: 'by chance',
  oldest: 'the oldest',
  history: 'from the history',
  named: 'named',
};

function readers({ reader }: DrilledBackup): string {
  return reader === 'sql.js' ? 'sql.js alone' : `sql.js, ${reader}`;
}

function mark(one: DrilledBackup, { colours }: Console): string {
  const result = resultOf(one);
  return result === 'proven'
    ? colours.green(result)
    : result === 'failed'
      ? colours.red(result)
      : colours.yellow(result);
}

function resultOf({ ok, isInconclusive }: DrilledBackup): 'proven' | 'failed' | 'inconclusive' {
  return ok ? 'proven' : isInconclusive ? 'inconclusive' : 'failed';
}

/** One project among many. */
function lineOf({ drilled }: DrillOutcome): string {
  if (drilled.length === 0) return 'no backup to drill yet';
  const bad = drilled.filter(({ ok }) => !ok);
  if (bad.length === 0) return `proven: ${count(drilled.length, 'backup')} restored`;
  const why = bad.map(({ backup, problems }) => `${visible(backup.id)}: ${visible(problems[0] ?? 'not proven')}`);
  return `not proven: ${why.join('; ')}`;
}

function outcomeView({ ok, drilled }: DrillOutcome) {
  return { ok, drilled: drilled.map(drilledView) };
}

function drilledView(one: DrilledBackup) {
  const { backup, choice, reader, problems } = one;
  return { ...backupView(backup), choice, result: resultOf(one), reader, problems };
}

function exitCodeFor({ drilled }: DrillOutcome): ExitCode {
  if (drilled.length === 0) return EXIT.notFound;
  if (drilled.every(({ ok }) => ok)) return EXIT.done;
  return drilled.some((one) => resultOf(one) === 'failed') ? EXIT.damaged : EXIT.failed;
}
