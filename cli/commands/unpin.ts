import { openProject, unpin } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import { afterBackup } from '../afterBackup.js';
import type { Command } from '../command.js';
import { backupView } from '../views.js';

export const unpinCommand: Command = {
  name: 'unpin',
  summary: 'allow a pinned backup to be pruned',
  arguments: '[project] <backup>',
  options: {},
  selectors: { minArguments: 1, maxArguments: 1 },
  examples: [['feature-backups unpin features_598_20260125-1446', 'apply the retention policy to this backup again']],
  async run({ project: named, selectors: [selector = ''] }, console) {
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const backup = await unpin(project, selector, { ports: console.ports, afterBackup });
    console.print(`Unpinned ${visible(backup.id)}.\n`);
    console.printJson({ backup: backupView(backup) });
    return EXIT.done;
  },
};
