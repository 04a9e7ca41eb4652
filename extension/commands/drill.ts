import * as vscode from 'vscode';
import { BackupError } from '../../core/system/index.js';
import { errorFrom } from '../engine/errorDescription.js';
import type { DrillReport } from '../engine/protocol.js';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { refreshProject } from './projectActions.js';
import type { Command } from './command.js';
import { nameOfBackup, pickProject, type PickedProject } from './pick.js';
import { withProgress } from './progress.js';

/** Restores the newest, the oldest and random backups into a scratch folder and compares every feature. */
export const drill: Command = {
  name: 'drill',
  // The result is recorded in the store.
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    const { root, name } = project;
    try {
      const report = await withProgress(l10n.t('Testing restore of {0}', name), (options) =>
        services.background.call('drill', { root }, options),
      );
      showOutcome(project, report);
    } finally {
      await refreshProject(services, root);
    }
  },
};

function showOutcome(project: PickedProject, { proven, failed, recordProblem }: DrillReport): void {
  if (recordProblem !== undefined) throw errorFrom(recordProblem);
  const [first] = failed;
  if (first !== undefined) throw failure(project, first, failed.length, failed.length + proven.length);
  void vscode.window.showInformationMessage(
    proven.length === 0
      ? l10n.t('“{0}” has no backups to test yet.', project.name)
      : l10n.t(
          'Test restore succeeded: {0} of “{1}” restored and compared, feature by feature.',
          backups(proven.length),
          project.name,
        ),
  );
}

/** A BackupError, which is logged and shown with the buttons Show Log and Verify All Backups. */
function failure(
  { name, overview }: PickedProject,
  { backup, problems }: DrillReport['failed'][number],
  failedCount: number,
  count: number,
): BackupError {
  const reason = plainLine(problems.at(0) ?? '');
  const message =
    failedCount === 1
      ? l10n.t('Test restore of “{0}” failed for “{1}”: {2}', name, nameOfBackup(backup), reason)
      : l10n.t(
          'Test restore of “{0}” failed for {1} of {2}, for example “{3}”: {4}',
          name,
          failedCount,
          backups(count),
          nameOfBackup(backup),
          reason,
        );
  return new BackupError(message, {
    code: 'backup-damaged',
    operation: 'test a restore',
    path: overview.storePath,
  });
}
