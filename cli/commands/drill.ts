import { featuresInWords } from '../../core/database/index.js';
import { drill, openProject } from '../../core/engine.js';
import { type DrilledBackup, type DrillOutcome } from '../../core/engine.js';
import { countInWords, EXIT, visible, type ExitCode } from '../../core/system/index.js';
import { runOnAllProjects } from '../allProjects.js';
import { ALL_OPTION, type Command } from '../command.js';
import type { Console } from '../console.js';
import { printTable } from '../printing/table.js';
import { backupView } from '../views.js';

export const drillCommand: Command = {
  name: 'drill',
  summary: 'test-restore backups in a scratch folder',
  arguments: '[project | --all] [<backup>]',
  description:
    'Restore the newest, the oldest and random backups, or the named one, in a scratch folder and check every feature.',
  exitCodes: '3 a backup failed the drill, 4 no backups yet',
  options: { ...ALL_OPTION },
  selectors: { minArguments: 0, maxArguments: 1 },
  examples: [
    ['feature-backups drill', 'up to four backups of this project'],
    ['feature-backups drill last-good', 'only the newest verified backup'],
    ['feature-backups drill --all', 'every known project'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    const [backup] = invocation.selectors;
    if (options.has('all')) {
      return await runOnAllProjects({ command: drillCommand, invocation, console }, async (found) => {
        const drilled = await drill(found, { ports: console.ports, cwd: console.cwd, backup });
        // A new project without backups is not a failure here.
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
  printTable(
    console,
    [{ title: 'BACKUP' }, { title: 'CHOICE' }, { title: 'FEATURES' }, { title: 'READ BY' }, { title: 'RESULT' }],
    drilled.map((one) => [
      visible(one.backup.id),
      one.choice,
      featuresInWords(one.backup.counts),
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
  if (drilled.length === 0) console.note('No backups to drill yet. Run feature-backups backup to make one.\n');
  else if (console.isTerminal) {
    for (const { backup, problems } of drilled) {
      for (const problem of problems) console.print(`${visible(backup.id)}: ${visible(problem)}\n`);
    }
    const { green, red } = console.colours;
    const bad = drilled.filter((one) => !one.ok).length;
    console.print(
      ok
        ? `${green('Passed:')} ${countInWords(drilled.length, 'backup')} restored, every feature correct.\n`
        : `${red('Not passed:')} ${String(bad)} of ${countInWords(drilled.length, 'backup')}.\n`,
    );
  }
  for (const problem of [recordProblem, ...drilled.map((one) => one.recordProblem)]) {
    if (problem !== undefined) console.note(`Could not record the result: ${visible(problem.message)}\n`);
  }
}

function readers({ reader }: DrilledBackup): string {
  return reader === 'sql.js' ? 'sql.js only' : `sql.js, ${reader}`;
}

function mark(one: DrilledBackup, { colours }: Console): string {
  const result = resultOf(one);
  return result === 'proven'
    ? colours.green('passed')
    : result === 'failed'
      ? colours.red(result)
      : colours.yellow(result);
}

function resultOf({ ok, isInconclusive }: DrilledBackup): 'proven' | 'failed' | 'inconclusive' {
  return ok ? 'proven' : isInconclusive ? 'inconclusive' : 'failed';
}

/** One line for `--all`. */
function lineOf({ drilled }: DrillOutcome): string {
  if (drilled.length === 0) return 'no backups yet';
  const bad = drilled.filter(({ ok }) => !ok);
  if (bad.length === 0) return `passed: ${countInWords(drilled.length, 'backup')} restored`;
  const why = bad.map(({ backup, problems }) => `${visible(backup.id)}: ${visible(problems[0] ?? 'unknown reason')}`);
  return `not passed: ${why.join('; ')}`;
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
