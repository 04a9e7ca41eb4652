import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickBackup } from './pick.js';
import { restoreWithConfirmation } from './restoreFlow.js';

export const restore: Command = {
  name: 'restore',
  writes: true,
  run: async (services, target) => {
    const picked = await pickBackup(services, target, { title: l10n.t('Restore a Backup') });
    await restoreWithConfirmation(services, picked);
  },
};
