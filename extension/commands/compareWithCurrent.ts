import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { isComparable } from './comparable.js';
import { titleOfBackup, pickBackup } from './pick.js';

export const compareWithCurrent: Command = {
  name: 'compareWithCurrent',
  writes: false,
  run: async ({ documents, ...services }, target) => {
    const { project, backup } = await pickBackup({ documents, ...services }, target, {
      title: l10n.t('Compare with the Backlog as It Is Now'),
      isOffered: isComparable,
    });
    await documents.diff(
      { root: project.root, state: { kind: 'backup', id: backup.id }, title: titleOfBackup(backup) },
      { root: project.root, state: { kind: 'live' }, title: l10n.t('now') },
    );
  },
};
