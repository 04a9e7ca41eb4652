import { openProject, pin } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import { afterBackup } from '../afterBackup.js';
import type { Command } from '../command.js';
import { backupView } from '../views.js';

export const pinCommand: Command = {
  name: 'pin',
  summary: 'protect a backup from pruning',
  arguments: '[project] <backup>',
  options: {},
  selectors: { minArguments: 1, maxArguments: 1 },
  examples: [['feature-backups pin features_598_20260125-1446', 'never prune this backup']],
  async run({ project: named, selectors: [selector = ''] }, console) {
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const backup = await pin(project, selector, { ports: console.ports, afterBackup });
    console.print(`Pinned ${visible(backup.id)}.\n`);
    console.printJson({ backup: backupView(backup) });
    return EXIT.done;
  },
};
