import { compare, openProject } from '../../core/engine.js';
import { EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { AT_OPTION, backupAt } from '../at.js';
import { wrongUsage } from '../parseInvocation.js';
import { printComparison } from '../printing/comparison.js';
import { comparisonView } from '../views.js';

export const compareCommand: Command = {
  name: 'compare',
  summary: 'show what differs between two backups, or a backup and the live database',
  arguments: '[project] <from> [<to>] | --at WHEN [<to>]',
  description:
    'Each side is a backup, or live for the live database, which is also the second side when only one is named.\n' +
    'In a pipe: one line for each difference: removed, added or changed; id; then the name, or field, before and\n' +
    'after as JSON, with tabs between.',
  options: AT_OPTION,
  selectors: { least: 0, most: 2 },
  examples: [
    ['feature-backups compare latest', 'what has happened since the newest backup'],
    ['feature-backups compare features_598_20260125 features_598_20260126', 'between two backups'],
    ['feature-backups compare --at v1.2', 'what has happened since a commit'],
    ['feature-backups compare --at "2026-01-25 14:46"', 'what has happened since that minute'],
    ['feature-backups compare live last-good', 'what going back would change'],
  ],
  async run({ project: named, selectors, options }, console) {
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const when = options.text('at');
    const then = when === undefined ? [] : [await backupAt(project, when, compareCommand, console)];
    const [from, to = 'live', ...surplus] = [...then, ...selectors];
    if (from === undefined)
      throw wrongUsage(compareCommand, 'Name a backup, latest, last-good, live, or --at a time or commit');
    if (surplus.length > 0) throw wrongUsage(compareCommand, 'With --at, name one other side at most');
    const result = await compare(project, from, to, { ports: console.ports });
    console.printJson({ from: result.from, to: result.to, ...comparisonView(result.comparison) });
    printComparison(result.comparison, result, console);
    return EXIT.done;
  },
};
