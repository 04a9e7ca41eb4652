import { join } from 'node:path';
import { backUp, openProject } from '../../core/engine.js';
import { startFollowUp } from '../../core/followUp/index.js';
import type { BackUpOutcome } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import { ALL_OPTION, type Command } from '../command.js';
import { errorDocument } from '../printing/errors.js';
import { count, counts, size } from '../printing/words.js';
import { backupView } from '../views.js';

/** The programs lie side by side. */
const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));

export const backupCommand: Command = {
  name: 'backup',
  summary: 'take a verified backup of the feature database',
  arguments: '[project | --all] [--reason TEXT]',
  description:
    'Agents may go on writing meanwhile. If the newest backup already holds this very state, no new file is made.\n' +
    'A damaged database is kept as an emergency backup, and the exit code is 3.',
  options: {
    reason: { type: 'string', value: 'TEXT', description: 'why it is made, part of its name (manual by default)' },
    ...ALL_OPTION,
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups backup', 'the project around the working directory'],
    ['feature-backups backup ~/shop-front --reason before_refactoring', 'another project, with a reason'],
    ['feature-backups backup --all', 'every known project, one after the other'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    const trigger = { source: 'cli', reason: options.text('reason') ?? 'manual' } as const;
    if (options.has('all')) {
      // Loaded here: a commit waits for this command.
      const { runOnAll } = await import('../allProjects.js');
      return await runOnAll({ command: backupCommand, invocation, console }, async (project) => {
        const outcome = await backUp(project, trigger, { ports: console.ports, afterBackup });
        const exit = outcome.status === 'damaged' ? EXIT.damaged : EXIT.done;
        return { exit, text: lineOf(outcome), document: outcomeView(outcome) };
      });
    }
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const outcome = await backUp(project, trigger, { ports: console.ports, afterBackup });
    console.printJson(outcomeView(outcome));
    switch (outcome.status) {
      case 'created':
        console.print(`${console.colours.green('Backed up')} ${counts(outcome.backup.counts)} to\n`);
        console.print(`  ${visible(outcome.backup.path)}  ${console.colours.dim(size(outcome.backup.sizeBytes))}\n`);
        if (outcome.pruned.length > 0) console.print(`Removed ${count(outcome.pruned.length, 'older backup')}.\n`);
        if (outcome.pruningPaused !== undefined) {
          console.note(
            'Far fewer features than before: older backups are all kept. feature-backups list shows them, and\n' +
              'feature-backups compare with one of them what is gone. If it is meant, feature-backups acknowledge says so.\n',
          );
        }
        if (outcome.pruneProblem !== undefined) {
          console.note(`Older backups could not be removed: ${visible(outcome.pruneProblem.message)}\n`);
        }
        return EXIT.done;
      case 'unchanged':
        console.print(`Unchanged: ${visible(outcome.backup.id)} already holds this state.\n`);
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
        return EXIT.damaged;
    }
  },
};

function lineOf(outcome: BackUpOutcome): string {
  switch (outcome.status) {
    case 'created': {
      const notes = [
        ...(outcome.pruningPaused === undefined ? [] : ['far fewer than before, nothing is pruned']),
        ...(outcome.pruneProblem === undefined ? [] : [`not pruned: ${visible(outcome.pruneProblem.message)}`]),
      ];
      return [`backed up ${counts(outcome.backup.counts)}`, ...notes].join('; ');
    }
    case 'unchanged':
      return `unchanged, ${visible(outcome.backup.id)}`;
    case 'damaged':
      return `the live database is damaged; kept as ${visible(outcome.emergency.id)}`;
  }
}

function outcomeView(outcome: BackUpOutcome) {
  switch (outcome.status) {
    case 'created': {
      const { status, backup, pruned, pruningPaused, pruneProblem } = outcome;
      return {
        status,
        backup: backupView(backup),
        pruned: pruned.map(backupView),
        pruningPaused: pruningPaused ?? null,
        pruneProblem: pruneProblem === undefined ? null : errorDocument(pruneProblem).error,
      };
    }
    case 'unchanged':
      return { status: outcome.status, backup: backupView(outcome.backup) };
    case 'damaged':
      return { status: outcome.status, emergency: backupView(outcome.emergency), problems: outcome.problems };
  }
}
