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
    const backup = await services.engine.call('findUndo', { root: project.root });
    if (backup === undefined) {
      throw new BackupError(l10n.t('No restore to undo'), {
        code: 'backup-not-found',
        operation: 'undo the last restore',
        path: project.overview.storePath,
      });
    }
    await restoreWithConfirmation(services, { project, backup, isUndo: true });
  },
};
