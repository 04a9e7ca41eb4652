import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { isComparable } from './comparable.js';
import { titleOfBackup, pickBackup } from './pick.js';

export const openBackup: Command = {
  name: 'openBackup',
  writes: false,
  run: async (services, target) => {
    const { project, backup } = await pickBackup(services, target, {
      title: l10n.t('Open a Backup'),
      isOffered: isComparable,
    });
    await services.documents.open(
      { root: project.root, state: { kind: 'backup', id: backup.id } },
      titleOfBackup(backup),
    );
  },
};
