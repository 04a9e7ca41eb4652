import * as vscode from 'vscode';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { dismissed, nameOfBackup, pickStoredBackups, type PickedBackup } from './pick.js';

export const deleteBackups: Command = {
  name: 'delete',
  writes: true,
  run: async (services, target) => {
    const picked = await pickStoredBackups(services, target, { title: l10n.t('Delete Backup') });
    await confirm(picked);
    try {
      for (const { project, backup } of picked) {
        await services.engine.call('delete', {
          root: project.root,
          id: backup.id,
          force: isProtected({ project, backup }),
        });
      }
    } finally {
      const roots = new Set(picked.map(({ project }) => project.root));
      await Promise.all([...roots].map((root) => services.projects.get(root).refresh()));
    }
  },
};

async function confirm(picked: readonly PickedBackup[]): Promise<void> {
  const [first] = picked;
  const isOne = picked.length === 1 && first !== undefined;
  const question = isOne
    ? l10n.t('Delete the backup “{0}”?', nameOfBackup(first.backup))
    : l10n.t('Delete {0}?', backups(picked.length));
  const button = isOne ? l10n.t('Delete Backup') : l10n.t('Delete {0} Backups', picked.length);
  const detail = [
    l10n.t('This cannot be undone.'),
    picked.some(({ backup }) => backup.metadata?.pinned === true) ? pinnedWarning(isOne) : '',
    picked.some(({ backup }) => backup.metadataProblem !== undefined) ? metadataWarning(isOne) : '',
    picked.some(isLastGood) ? lastGoodWarning(isOne) : '',
  ];
  const choice = await vscode.window.showWarningMessage(
    question,
    { modal: true, detail: detail.filter((line) => line !== '').join('\n') },
    button,
  );
  if (choice !== button) throw dismissed();
}

function pinnedWarning(isOne: boolean): string {
  return isOne ? l10n.t('This backup is pinned.') : l10n.t('Some of these backups are pinned.');
}

function metadataWarning(isOne: boolean): string {
  return isOne
    ? l10n.t('This backup may be pinned: its metadata is unreadable.')
    : l10n.t('Some of these backups may be pinned: their metadata is unreadable.');
}

function lastGoodWarning(isOne: boolean): string {
  return isOne ? l10n.t('This is the newest verified backup.') : l10n.t('The newest verified backup is among them.');
}

/** The user has been warned and has confirmed, so the engine is called with `force`. */
function isProtected(picked: PickedBackup): boolean {
  const { metadata, metadataProblem } = picked.backup;
  return metadata?.pinned === true || metadataProblem !== undefined || isLastGood(picked);
}

function isLastGood({ project, backup }: PickedBackup): boolean {
  return project.overview.lastGoodId === backup.id;
}
