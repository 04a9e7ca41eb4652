import { compare, openProject } from '../../core/engine.js';
import { EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { AT_OPTION, backupAt } from '../at.js';
import { wrongUsage } from '../parseInvocation.js';
import { printComparison } from '../printing/comparison.js';
import { comparisonView } from '../views.js';

export const compareCommand: Command = {
  name: 'compare',
  summary: 'compare two backups, or a backup with the live database',
  arguments: '[project] <from> [<to>] | --at WHEN [<to>]',
  description: 'Compare two backups, or a backup with the live database (live), feature by feature.',
  output:
    'One line per difference, tab-separated: added or removed, id, name as JSON; or changed, id, field, before and after as JSON.',
  options: AT_OPTION,
  selectors: { minArguments: 0, maxArguments: 2 },
  examples: [
    ['feature-backups compare latest', 'changes since the newest backup'],
    ['feature-backups compare live last-good', 'what restoring last-good would change'],
    ['feature-backups compare --at v1.2', 'changes since a commit'],
  ],
  async run({ project: named, selectors, options }, console) {
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd, includeDeleted: true });
    const when = options.text('at');
    const fromTime = when === undefined ? [] : [await backupAt(project, when, compareCommand, console)];
    const [from, to = 'live', ...extra] = [...fromTime, ...selectors];
    if (from === undefined)
      throw wrongUsage(
        compareCommand,
        'No backup given: use its name or a prefix of it, latest, last-good, live, or --at',
      );
    if (extra.length > 0) throw wrongUsage(compareCommand, 'With --at, give at most one backup');
    const result = await compare(project, from, to, { ports: console.ports });
    console.printJson({ from: result.from, to: result.to, ...comparisonView(result.comparison) });
    printComparison(result.comparison, result, console);
    return EXIT.done;
  },
};
