import { openProject, verify } from '../../core/engine.js';
import type { VerifyOutcome } from '../../core/engine.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';
import { EXIT } from '../exitCodes.js';
import { visible } from '../printing/escape.js';
import { count } from '../printing/words.js';
import { backupView } from '../views.js';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'check that backups are whole: their checksum, and SQLite’s own full check',
  arguments: '[project] [<backup>]',
  description:
    'Without a backup, all of them. The exit code is 3 when one does not verify. Of an emergency backup of a damaged\n' +
    'database it is proved that it still is what was saved; in a pipe its line begins with kept, not ok.',
  options: {},
  selectors: { least: 0, most: 1 },
  examples: [
    ['feature-backups verify', 'every backup of the project'],
    ['feature-backups verify latest', 'only the newest one'],
  ],
  async run({ project: named, selectors: [selector] }, console) {
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const outcomes = await verify(project, selector, { ports: console.ports });
    console.printJson({
      ok: outcomes.every(({ ok }) => ok),
      backups: outcomes.map(outcomeView),
    });
    for (const outcome of outcomes) printOutcome(outcome, console);
    if (outcomes.length === 0) console.note('There are no backups to verify.\n');
    if (console.isTerminal && outcomes.length > 1) console.print(`${summaryOf(outcomes)}\n`);
    return outcomes.every(({ ok }) => ok) ? EXIT.done : EXIT.damaged;
  },
};

function summaryOf(outcomes: readonly VerifyOutcome[]): string {
  const bad = outcomes.filter(({ ok }) => !ok).length;
  if (bad > 0) return `${count(bad, 'backup')} of ${String(outcomes.length)} did not verify.`;
  const kept = outcomes.filter(({ holdsDamage }) => holdsDamage).length;
  if (kept === 0) return `All ${count(outcomes.length, 'backup')} verified.`;
  return `${count(outcomes.length - kept, 'backup')} verified; ${String(kept)} kept as damaged as the live database was.`;
}

function outcomeView({ backup, ok, problems, holdsDamage }: VerifyOutcome) {
  return { ...backupView(backup), ok, holdsDamage: holdsDamage === true, problems };
}

function printOutcome(
  { backup, ok, problems, holdsDamage }: VerifyOutcome,
  { isTerminal, colours, print }: Console,
): void {
  if (!isTerminal) {
    print(
      `${!ok ? 'damaged' : holdsDamage ? 'kept' : 'ok'}\t${visible(backup.id)}\t${problems.map(visible).join('; ')}\n`,
    );
    return;
  }
  const mark = !ok ? colours.red('✗') : holdsDamage ? colours.yellow('!') : colours.green('✓');
  const note = ok && holdsDamage ? '  the damaged live database, kept as it was' : '';
  print(`${mark} ${visible(backup.id)}${note}\n`);
  for (const problem of problems) print(`    ${visible(problem)}\n`);
}
