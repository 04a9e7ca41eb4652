import { deleteBackup, findBackup, openProject } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { consentTo } from '../consent.js';
import { printBackups } from '../printing/backups.js';
import { backupView } from '../views.js';

export const deleteCommand: Command = {
  name: 'delete',
  summary: 'delete one backup',
  arguments: '[project] <backup>',
  description: 'A pinned backup and the newest that verified are kept unless --force is given as well.',
  options: {
    ...CONSENT_OPTIONS,
    force: { type: 'boolean', description: 'even when it is pinned, or the newest that verified' },
  },
  selectors: { least: 1, most: 1 },
  examples: [['feature-backups delete features_3_20260125-1446 --dry-run', 'which one that would be']],
  async run(invocation, console) {
    const { options, selectors } = invocation;
    const project = await openProject(invocation.project, { ports: console.ports, cwd: console.cwd });
    const backup = await findBackup(project, selectors[0] ?? '', { ports: console.ports });
    printBackups([backup], console);
    if (options.has('dry-run')) {
      console.printJson({ status: 'planned', backup: backupView(backup) });
      return EXIT.done;
    }
    const act = {
      question: `Delete ${visible(backup.id)}? It cannot be brought back.`,
      wouldDo: `delete ${backup.id}`,
      path: backup.path,
    };
    if ((await consentTo(act, invocation, console)) === 'declined') return EXIT.refused;
    await deleteBackup(project, backup.id, { ports: console.ports, force: options.has('force') });
    console.print(`Deleted ${visible(backup.id)}.\n`);
    console.printJson({ status: 'deleted', backup: backupView(backup) });
    return EXIT.done;
  },
};
