import { featuresInWords } from '../../core/database/index.js';
import { backUp, openProject } from '../../core/engine.js';
import type { BackUpOutcome } from '../../core/engine.js';
import { countInWords, EXIT, sizeInWords, visible } from '../../core/system/index.js';
import { afterBackup } from '../afterBackup.js';
import { ALL_OPTION, type Command } from '../command.js';
import { errorDocument } from '../printing/errors.js';
import { backupView } from '../views.js';

export const backupCommand: Command = {
  name: 'backup',
  summary: 'make a verified backup of the feature database',
  arguments: '[project | --all] [--reason TEXT]',
  description: 'Make a verified backup while agents keep writing; an unchanged database gets no second backup.',
  exitCodes: '3 the live database is damaged; its files are saved as an emergency backup',
  options: {
    reason: { type: 'string', value: 'TEXT', description: 'the reason, as a part of the name (default: manual)' },
    ...ALL_OPTION,
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups backup', 'the project around the working directory'],
    ['feature-backups backup ~/shop-front --reason before_refactoring', 'another project, with a reason'],
    ['feature-backups backup --all', 'every known project'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    const trigger = { source: 'cli', reason: options.text('reason') ?? 'manual' } as const;
    if (options.has('all')) {
      // Loaded late, because commits wait for this command.
      const { runOnAllProjects } = await import('../allProjects.js');
      return await runOnAllProjects({ command: backupCommand, invocation, console }, async (project) => {
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
        console.print(`${console.colours.green('Backed up')} ${featuresInWords(outcome.backup.counts)} to\n`);
        console.print(
          `  ${visible(outcome.backup.path)}  ${console.colours.dim(sizeInWords(outcome.backup.sizeBytes))}\n`,
        );
        if (outcome.pruned.length > 0)
          console.print(`Pruned ${countInWords(outcome.pruned.length, 'older backup')}.\n`);
        if (outcome.pruningPaused !== undefined) {
          console.note(
            'Far fewer features than before, so no older backup is pruned. Run feature-backups compare to see what is\n' +
              'missing, or feature-backups acknowledge if the loss was intentional.\n',
          );
        }
        if (outcome.pruneProblem !== undefined) {
          console.note(`Could not prune older backups: ${visible(outcome.pruneProblem.message)}\n`);
        }
        return EXIT.done;
      case 'unchanged':
        console.print(`Unchanged since ${visible(outcome.backup.id)}; no new backup.\n`);
        return EXIT.done;
      case 'damaged':
        console.note(
          [
            `${console.colours.red('The live database is damaged:')} ${visible(project.databasePath)}`,
            ...outcome.problems.map((problem) => `  ${visible(problem)}`),
            `Its files are saved as ${visible(outcome.emergency.path)}; older backups are untouched.`,
            'Run feature-backups restore last-good to restore the last good backup.\n',
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
        ...(outcome.pruningPaused === undefined ? [] : ['far fewer features than before, pruning is paused']),
        ...(outcome.pruneProblem === undefined ? [] : [`not pruned: ${visible(outcome.pruneProblem.message)}`]),
      ];
      return [`backed up ${featuresInWords(outcome.backup.counts)}`, ...notes].join('; ');
    }
    case 'unchanged':
      return `unchanged, ${visible(outcome.backup.id)}`;
    case 'damaged':
      return `the live database is damaged; saved as ${visible(outcome.emergency.id)}`;
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
