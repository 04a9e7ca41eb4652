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
  description: 'Without a backup, all of them. The exit code is 3 when one does not verify.',
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
      backups: outcomes.map(({ backup, ok, problems }) => ({ ...backupView(backup), ok, problems })),
    });
    for (const outcome of outcomes) printOutcome(outcome, console);
    const bad = outcomes.filter(({ ok }) => !ok).length;
    if (outcomes.length === 0) console.note('There are no backups to verify.\n');
    if (console.isTerminal && outcomes.length > 1) {
      console.print(
        bad === 0
          ? `All ${count(outcomes.length, 'backup')} verified.\n`
          : `${count(bad, 'backup')} of ${String(outcomes.length)} did not verify.\n`,
      );
    }
    return bad === 0 ? EXIT.done : EXIT.damaged;
  },
};

function printOutcome({ backup, ok, problems }: VerifyOutcome, { isTerminal, colours, print }: Console): void {
  if (!isTerminal) {
    print(`${ok ? 'ok' : 'damaged'}\t${visible(backup.id)}\t${problems.map(visible).join('; ')}\n`);
    return;
  }
  print(`${ok ? colours.green('✓') : colours.red('✗')} ${visible(backup.id)}\n`);
  for (const problem of problems) print(`    ${visible(problem)}\n`);
}
