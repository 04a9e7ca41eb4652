import { openProject, unpin } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { backupView } from '../views.js';

export const unpinCommand: Command = {
  name: 'unpin',
  summary: 'let retention remove a pinned backup again',
  arguments: '[project] <backup>',
  options: {},
  selectors: { least: 1, most: 1 },
  examples: [['feature-backups unpin features_598_20260125-1446', 'treat it like every other backup again']],
  async run({ project: named, selectors: [selector = ''] }, console) {
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const backup = await unpin(project, selector, { ports: console.ports });
    console.print(`Unpinned ${visible(backup.id)}.\n`);
    console.printJson({ backup: backupView(backup) });
    return EXIT.done;
  },
};
