import * as vscode from 'vscode';
import type { Backup } from '../../core/store/index.js';
import { BackupError } from '../../core/system/index.js';
import { l10n } from '../words/l10n.js';
import type { Command, Services } from './command.js';
import { titleOfBackup, pickBackup, pickBackupOf, pickBackups, type PickedBackup } from './pick.js';
import type { Target } from './target.js';

export const compareTwo: Command = {
  name: 'compareTwo',
  writes: false,
  run: async (services, target) => {
    const [one, other] = await pickTwo(services, target);
    // The older one is on the left, as in every diff.
    const [before, after] = [one, other].sort((a, b) => a.backup.createdAt.getTime() - b.backup.createdAt.getTime());
    if (before === undefined || after === undefined) return;
    await services.documents.diff(side(before), side(after));
  },
};

async function pickTwo(services: Services, target: Target): Promise<readonly [PickedBackup, PickedBackup]> {
  const selected = await pickBackups(services, target, {
    title: l10n.t('Compare Two Backups: First'),
    isOffered: isComparable,
  });
  const [first, second] = selected;
  if (first === undefined) throw new Error('pickBackups() returned no backup');
  if (second !== undefined && selected.length === 2) return [first, second];
  if (selected.length > 2) throw tooMany();
  const isOther = (backup: Backup): boolean => isComparable(backup) && backup.id !== first.backup.id;
  const title = l10n.t('Compare Two Backups: Second');
  return [first, { project: first.project, backup: await pickBackupOf(first.project, { title, isOffered: isOther }) }];
}

function side({ project, backup }: PickedBackup) {
  return { root: project.root, state: { kind: 'backup', id: backup.id }, title: titleOfBackup(backup) } as const;
}

function tooMany(): BackupError {
  return new BackupError(l10n.t('Select only two backups to compare'), {
    code: 'usage',
    operation: 'compare backups',
  });
}

export const compareWithCurrent: Command = {
  name: 'compareWithCurrent',
  writes: false,
  run: async ({ documents, ...services }, target) => {
    const { project, backup } = await pickBackup({ documents, ...services }, target, {
      title: l10n.t('Compare with Current Backlog'),
      isOffered: isComparable,
    });
    await documents.diff(
      { root: project.root, state: { kind: 'backup', id: backup.id }, title: titleOfBackup(backup) },
      { root: project.root, state: { kind: 'live' }, title: l10n.t('current backlog') },
    );
  },
};

export const compareWithPrevious: Command = {
  name: 'compareWithPrevious',
  writes: false,
  run: async (services, target) => {
    const { project, backup } = await pickBackup(services, target, {
      title: l10n.t('Compare with Previous Backup'),
      isOffered: isComparable,
    });
    const { root } = project;
    // The previous state may be in the history, which is not part of the overview.
    const previous = await services.engine.call('findStateBefore', { root, id: backup.id });
    if (previous === undefined) {
      void vscode.window.showInformationMessage(l10n.t('No earlier backup to compare with.'));
      return;
    }
    await services.documents.diff(
      { root, state: { kind: 'backup', id: previous.id }, title: titleOfBackup(previous) },
      { root, state: { kind: 'backup', id: backup.id }, title: titleOfBackup(backup) },
    );
  },
};

/** Raw files contain no consistent database to read features from. */
export function isComparable({ content }: Backup): boolean {
  return content === 'database';
}
