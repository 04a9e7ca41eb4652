import { BackupError } from '../../core/system/index.js';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickProject } from './pick.js';
import { restoreWithConfirmation } from './restoreFlow.js';

export const undoLastRestore: Command = {
  name: 'undoLastRestore',
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    // The newest that a restore saved first; restoring it is the undo, and can be undone in turn.
    const backup = project.overview.backups.find(
      ({ kind, metadata }) => kind === 'emergency' && (metadata === undefined || metadata.source === 'restore'),
    );
    if (backup === undefined) {
      throw new BackupError(l10n.t('There is no restore to undo'), {
        code: 'backup-not-found',
        operation: 'undo the last restore',
        path: project.overview.storePath,
      });
    }
    await restoreWithConfirmation(services, { project, backup, isUndo: true });
  },
};
