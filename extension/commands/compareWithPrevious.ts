import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { isComparable } from './comparable.js';
import { pickBackup, titleOfBackup } from './pick.js';

export const compareWithPrevious: Command = {
  name: 'compareWithPrevious',
  writes: false,
  run: async (services, target) => {
    const { project, backup } = await pickBackup(services, target, {
      title: l10n.t('Compare with the Backup Before It'),
      isOffered: isComparable,
    });
    const { root } = project;
    // It may be in the history, which the editor does not hold.
    const previous = await services.engine.call('findStateBefore', { root, id: backup.id });
    if (previous === undefined) {
      void vscode.window.showInformationMessage(l10n.t('There is no backup before this one.'));
      return;
    }
    await services.documents.diff(
      { root, state: { kind: 'backup', id: previous.id }, title: titleOfBackup(previous) },
      { root, state: { kind: 'backup', id: backup.id }, title: titleOfBackup(backup) },
    );
  },
};
