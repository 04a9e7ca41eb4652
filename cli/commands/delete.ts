import { deleteBackup, findBackup, openProject } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { confirm } from '../confirm.js';
import { printBackups } from '../printing/backups.js';
import { backupView } from '../views.js';

export const deleteCommand: Command = {
  name: 'delete',
  summary: 'delete one backup',
  arguments: '[project] <backup>',
  description: 'Delete one backup, unless it is pinned or the newest verified one.',
  options: {
    ...CONSENT_OPTIONS,
    force: { type: 'boolean', description: 'even if it is pinned or the newest verified one' },
  },
  selectors: { minArguments: 1, maxArguments: 1 },
  examples: [
    ['feature-backups delete features_3_20260125-1446 --dry-run', 'which backup would be deleted'],
    ['feature-backups delete features_3_20260125-1446', 'delete it after confirmation'],
  ],
  async run(invocation, console) {
    const { options, selectors } = invocation;
    const project = await openProject(invocation.project, {
      ports: console.ports,
      cwd: console.cwd,
      includeDeleted: true,
    });
    const backup = await findBackup(project, selectors[0] ?? '', { ports: console.ports });
    printBackups([backup], console);
    if (options.has('dry-run')) {
      console.printJson({ status: 'planned', backup: backupView(backup) });
      return EXIT.done;
    }
    const action = {
      question: `Delete ${visible(backup.id)}? This cannot be undone.`,
      wouldDo: `delete ${backup.id}`,
      path: backup.path,
    };
    if ((await confirm(action, invocation, console)) === 'declined') return EXIT.refused;
    await deleteBackup(project, backup.id, { ports: console.ports, force: options.has('force') });
    console.print(`Deleted ${visible(backup.id)}.\n`);
    console.printJson({ status: 'deleted', backup: backupView(backup) });
    return EXIT.done;
  },
};
