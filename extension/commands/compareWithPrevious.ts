import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { isComparable } from './comparable.js';
import { nameOfBackup, pickBackup } from './pick.js';

export const compareWithPrevious: Command = {
  name: 'compareWithPrevious',
  writes: false,
  run: async (services, target) => {
    const { project, backup } = await pickBackup(services, target, {
      title: l10n.t('Compare with the Backup Before It'),
      isOffered: isComparable,
    });
    const { backups } = project.overview;
    const previous = backups
      .slice(backups.indexOf(backup) + 1)
      .find((older) => older.kind === 'ordinary' && isComparable(older));
    if (previous === undefined) {
      void vscode.window.showInformationMessage(l10n.t('There is no backup before this one.'));
      return;
    }
    const { root } = project;
    await services.documents.diff(
      { root, state: { kind: 'backup', id: previous.id }, title: nameOfBackup(previous) },
      { root, state: { kind: 'backup', id: backup.id }, title: nameOfBackup(backup) },
    );
  },
};
