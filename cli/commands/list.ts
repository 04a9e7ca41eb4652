import { listBackedUpCommits, listBackups, openProject } from '../../core/engine.js';
import type { Command } from '../command.js';
import { EXIT } from '../exitCodes.js';
import { printBackups } from '../printing/backups.js';
import { printCommits } from '../printing/commits.js';
import { visible } from '../printing/escape.js';
import { count, size } from '../printing/words.js';
import { backupView } from '../views.js';

export const listCommand: Command = {
  name: 'list',
  summary: 'list the backups of a project, newest first',
  arguments: '[project]',
  description: 'In a pipe: one line for each backup, with tabs between name, time, features, passing, bytes and notes.',
  options: { git: { type: 'boolean', description: 'the commits that have a backup, and which' } },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups list', 'a table, or plain lines in a pipe'],
    ['feature-backups list --git', 'which backup holds the backlog as it was at which commit'],
    ['feature-backups list --json', 'everything that is known about each backup'],
  ],
  async run({ project: named, options }, console) {
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    if (options.has('git')) {
      printCommits(await listBackedUpCommits(project, { ports: console.ports }), project, console);
      return EXIT.done;
    }
    const { backups, storePath, totalSizeBytes } = await listBackups(project, { ports: console.ports });
    console.printJson({ project: project.root, storePath, totalSizeBytes, backups: backups.map(backupView) });
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
