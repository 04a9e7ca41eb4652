import * as vscode from 'vscode';
import { BackupError } from '../../core/system/index.js';
import { errorFrom } from '../engine/errorDescription.js';
import type { DrillReport } from '../engine/protocol.js';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { lookAgainAt } from './anyProject.js';
import type { Command } from './command.js';
import { nameOfBackup, pickProject, type PickedProject } from './pick.js';
import { withProgress } from './progress.js';

/** Restores the newest, the oldest and another backup into a scratch folder, and tells whether they hold what they should. */
export const drill: Command = {
  name: 'drill',
  // It writes beside the project only, but the result is noted in the store.
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    const { root, name } = project;
    try {
      const report = await withProgress(l10n.t('Restore drill of {0}', name), (options) =>
        services.background.call('drill', { root }, options),
      );
      tell(project, report);
    } finally {
      await lookAgainAt(services, root);
    }
  },
};

function tell(project: PickedProject, { proven, failed, recordProblem }: DrillReport): void {
  if (recordProblem !== undefined) throw errorFrom(recordProblem);
  const [first] = failed;
  if (first !== undefined) throw failure(project, first, failed.length, failed.length + proven.length);
  void vscode.window.showInformationMessage(
    proven.length === 0
      ? l10n.t('{0} has no backups yet, so there is nothing to drill.', project.name)
      : l10n.t(
          'Restoring works: {0} of {1} restored and compared, feature by feature.',
          backups(proven.length),
          project.name,
        ),
  );
}

/** As an error, so that the log keeps it and Show Log and Verify All stand beside it. */
function failure(
  { name, overview }: PickedProject,
  { backup, problems }: DrillReport['failed'][number],
  failedCount: number,
  count: number,
): BackupError {
  const reason = plainLine(problems.at(0) ?? '');
  const message =
    failedCount === 1
      ? l10n.t('{0}: “{1}” could not be restored in a drill: {2}', name, nameOfBackup(backup), reason)
      : l10n.t(
          '{0}: {1} of {2} could not be restored in a drill; “{3}”: {4}',
          name,
          failedCount,
          count,
          nameOfBackup(backup),
          reason,
        );
  return new BackupError(message, {
    code: 'backup-damaged',
    operation: 'rehearse a restore',
    path: overview.storePath,
  });
}
