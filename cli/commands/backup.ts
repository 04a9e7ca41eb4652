import { backUp, openProject } from '../../core/engine.js';
import type { Command } from '../command.js';
import { EXIT } from '../exitCodes.js';
import { errorDocument } from '../printing/errors.js';
import { visible } from '../printing/escape.js';
import { count, counts, size } from '../printing/words.js';
import { backupView } from '../views.js';

export const backupCommand: Command = {
  name: 'backup',
  summary: 'take a verified backup of the feature database',
  arguments: '[project] [--reason TEXT]',
  description:
    'Agents may go on writing meanwhile. If the newest backup already holds this very state, no new file is made.\n' +
    'A damaged database is kept as an emergency backup, and the exit code is 3.',
  options: {
    reason: { type: 'string', value: 'TEXT', description: 'why it is made, part of its name (manual by default)' },
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups backup', 'the project around the working directory'],
    ['feature-backups backup ~/shop-front --reason before_refactoring', 'another project, with a reason'],
  ],
  async run({ project: named, options }, console) {
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const reason = options.text('reason') ?? 'manual';
    const outcome = await backUp(project, { source: 'cli', reason }, { ports: console.ports });
    switch (outcome.status) {
      case 'created':
        console.print(`${console.colours.green('Backed up')} ${counts(outcome.backup.counts)} to\n`);
        console.print(`  ${visible(outcome.backup.path)}  ${console.colours.dim(size(outcome.backup.sizeBytes))}\n`);
        if (outcome.pruned.length > 0) console.print(`Removed ${count(outcome.pruned.length, 'older backup')}.\n`);
        if (outcome.pruningPaused !== undefined) {
          console.note(
            'Far fewer features than before: older backups are all kept. feature-backups list shows them, and\n' +
              'feature-backups compare with one of them what is gone.\n',
          );
        }
        if (outcome.pruneProblem !== undefined) {
          console.note(`Older backups could not be removed: ${visible(outcome.pruneProblem.message)}\n`);
        }
        console.printJson({
          status: outcome.status,
          backup: backupView(outcome.backup),
          pruned: outcome.pruned.map(backupView),
          pruningPaused: outcome.pruningPaused ?? null,
          pruneProblem: outcome.pruneProblem === undefined ? null : errorDocument(outcome.pruneProblem).error,
        });
        return EXIT.done;
      case 'unchanged':
        console.print(`Unchanged: ${visible(outcome.backup.id)} already holds this state.\n`);
        console.printJson({ status: outcome.status, backup: backupView(outcome.backup) });
        return EXIT.done;
      case 'damaged':
        console.note(
          [
            `${console.colours.red('The live database is damaged:')} ${visible(project.databasePath)}`,
            ...outcome.problems.map((problem) => `  ${visible(problem)}`),
            `Its files were kept as ${visible(outcome.emergency.path)}; older backups were left alone.`,
            'feature-backups status shows which backup was the last good one.\n',
          ].join('\n'),
        );
        console.printJson({
          status: outcome.status,
          emergency: backupView(outcome.emergency),
          problems: outcome.problems,
        });
        return EXIT.damaged;
    }
  },
};
