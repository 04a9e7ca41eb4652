import { listBackedUpCommits, listBackups, listHistory, listQuarantine, openProject } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import type { Command, Options } from '../command.js';
import { FROM_OPTIONS } from '../fromOptions.js';
import { wrongUsage } from '../parseInvocation.js';
import { printBackups } from '../printing/backups.js';
import { printCommits } from '../printing/commits.js';
import { printHistory } from '../printing/history.js';
import { printQuarantine } from '../printing/quarantine.js';
import { count, size } from '../printing/words.js';
import { isTime, parseTime } from '../times.js';
import { backupView } from '../views.js';

export const listCommand: Command = {
  name: 'list',
  summary: 'list the backups of a project, newest first',
  arguments: '[project] [--from TARGET]',
  description:
    'In a pipe: one line for each backup, with tabs between name, time, features, passing, bytes and notes. What retention\n' +
    'takes from the backups goes into the history: --history counts its states by day, --day names those of one day, which\n' +
    'restore, compare and verify take like backups.',
  options: {
    git: { type: 'boolean', description: 'the commits that have a backup, and which' },
    history: { type: 'boolean', description: 'the days of the history, and how many states each has' },
    day: { type: 'string', value: 'DAY', description: 'every state in the history of one day, such as 2026-01-25' },
    quarantine: { type: 'boolean', description: 'the backups that did not verify and were moved aside' },
    ...FROM_OPTIONS,
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups list', 'a table, or plain lines in a pipe'],
    ['feature-backups list --git', 'which backup holds the backlog as it was at which commit'],
    ['feature-backups list --history', 'how far back one can go'],
    ['feature-backups list --day 2026-01-25', 'every state of that day that is no backup of its own any more'],
    ['feature-backups list --from nas', 'what lies at a target; nothing need be left of the project here'],
    ['feature-backups list --json', 'everything that is known about each backup'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    const from = options.text('from');
    if (from !== undefined) return await (await import('../listFrom.js')).listFrom(invocation, from, console);
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
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
      console.note(`No backups of ${visible(project.root)} yet: feature-backups backup makes one.\n`);
    else if (console.isTerminal) {
      const total = `${count(backups.length, 'backup')}, ${size(totalSizeBytes)}, in ${visible(storePath)}`;
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
