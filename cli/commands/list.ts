import { listBackedUpCommits, listBackups, listHistory, listQuarantine, openProject } from '../../core/engine.js';
import { countInWords, EXIT, sizeInWords, visible } from '../../core/system/index.js';
import type { Command, Options } from '../command.js';
import { FROM_OPTIONS } from '../fromOptions.js';
import { wrongUsage } from '../parseInvocation.js';
import { printBackups } from '../printing/backups.js';
import { printCommits } from '../printing/commits.js';
import { printHistory } from '../printing/history.js';
import { printQuarantine } from '../printing/quarantine.js';
import { isTime, parseTime } from '../times.js';
import { backupView } from '../views.js';

export const listCommand: Command = {
  name: 'list',
  summary: 'list the backups, newest first',
  arguments: '[project] [--from TARGET]',
  description: 'List the backups of a project, newest first, or the older states in its history.',
  output: 'One line per backup, tab-separated: name, time, features, passing, bytes, notes.',
  options: {
    git: { type: 'boolean', description: 'list the commits with a backup' },
    history: { type: 'boolean', description: 'list the days in the history, with the number of states' },
    day: { type: 'string', value: 'DAY', description: 'list the states of one day in the history, such as 2026-01-25' },
    quarantine: { type: 'boolean', description: 'list the backups that failed verification' },
    ...FROM_OPTIONS,
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups list --git', 'which backup belongs to which commit'],
    ['feature-backups list --day 2026-01-25', 'the states of that day in the history'],
    ['feature-backups list --from nas', 'the backups on a target'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    const from = options.text('from');
    if (from !== undefined) return await (await import('../listFrom.js')).listFrom(invocation, from, console);
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd, includeDeleted: true });
    if (options.has('git')) {
      printCommits(await listBackedUpCommits(project, { ports: console.ports }), project, console);
      return EXIT.done;
    }
    const day = dayOf(options);
    if (options.has('history') || day !== undefined) {
      printHistory(await listHistory(project, { ports: console.ports }), project, day, console);
      return EXIT.done;
    }
    if (options.has('quarantine')) {
      printQuarantine(await listQuarantine(project, { ports: console.ports }), console);
      return EXIT.done;
    }
    const { backups, storePath, totalSizeBytes } = await listBackups(project, { ports: console.ports });
    if (console.json) {
      const metadataProblems = backups.flatMap(({ metadataProblem }) => metadataProblem ?? []);
      console.printJson({
        project: project.root,
        storePath,
        totalSizeBytes,
        backups: backups.map(backupView),
        metadataProblems: metadataProblems.map(({ path, reason }) => ({ path, reason })),
      });
    }
    printBackups(backups, console);
    if (backups.length === 0)
      console.note(`No backups of ${visible(project.root)} yet. Run feature-backups backup to make one.\n`);
    else if (console.isTerminal) {
      const total = `${countInWords(backups.length, 'backup')}, ${sizeInWords(totalSizeBytes)}, in ${visible(storePath)}`;
      console.print(`${console.colours.dim(total)}\n`);
    }
    return EXIT.done;
  },
};

function dayOf(options: Options): string | undefined {
  const day = options.text('day');
  if (day === undefined || (/^\d{4}-\d\d-\d\d$/.test(day) && isTime(parseTime(day)))) return day;
  throw wrongUsage(listCommand, `--day takes a day such as 2026-01-25, not ${day}`);
}
