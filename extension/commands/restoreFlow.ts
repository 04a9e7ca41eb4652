import * as vscode from 'vscode';
import type { Backup } from '../../core/store/index.js';
import type { RestorePlan } from '../../core/restore/index.js';
import { BackupError } from '../../core/system/index.js';
import { COMMANDS } from '../contributions.js';
import { previewRestore, type PreviewSubject, type RestorePreview } from '../model/restorePreview.js';
import { counts, features } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import type { Services } from './command.js';
import { confirmModal } from './confirm.js';
import { refreshProject } from './projectActions.js';
import { commandTitle } from './commandTitle.js';
import { nameOfBackup, titleOfBackup, type PickedProject } from './pick.js';
import { withProgress } from './progress.js';

export interface RestoreRequest {
  readonly project: Pick<PickedProject, 'root'>;
  readonly backup: Backup;
  readonly featureIds?: readonly number[] | undefined;
  readonly salvage?: boolean | undefined;
  readonly isUndo?: boolean | undefined;
}

/** Previews the changes, asks, restores, and offers to undo. */
export async function restoreWithConfirmation(services: Services, request: RestoreRequest): Promise<void> {
  const { engine } = services;
  const { root } = request.project;
  const scope = { root, id: request.backup.id, featureIds: request.featureIds, salvage: request.salvage };
  const plan = await withProgress(l10n.t('Previewing the restore'), (options) =>
    engine.call('planRestore', scope, options),
  );
  if (plan.isUnchanged) {
    void vscode.window.showInformationMessage(l10n.t('The current backlog already matches this backup.'));
    return;
  }
  const subject: PreviewSubject = { ...request, backup: nameOfBackup(request.backup) };
  const preview = previewRestore(plan, subject);
  await confirm(services, request, preview, plan.live !== 'missing');
  const outcome = await services.projects.whileRestoring(root, async () => {
    const restored = await withProgress(
      l10n.t('Restoring the backlog'),
      (options) => engine.call('restore', { ...scope, force: preview.needsForce }, options),
      { isCancellable: false },
    );
    await refreshProject(services, root);
    return restored;
  });
  if (outcome.status === 'restored') void report(root, request, outcome.plan, outcome.emergency !== undefined);
}

async function confirm(
  services: Services,
  request: RestoreRequest,
  preview: RestorePreview,
  isComparable: boolean,
): Promise<void> {
  const { question, detail, button, isPossible } = preview;
  const { root } = request.project;
  const title = titleOfBackup(request.backup);
  const showDifferences = (): Promise<void> =>
    services.documents.diff(
      { root, state: { kind: 'live' }, title: l10n.t('current backlog') },
      { root, state: { kind: 'backup', id: request.backup.id }, title },
    );
  await confirmModal({
    question,
    detail,
    button: isPossible ? button : undefined,
    show: isComparable ? { button: l10n.t('Show Changes'), act: showDifferences } : undefined,
  });
}

async function report(
  root: string,
  { backup, featureIds, isUndo }: RestoreRequest,
  plan: RestorePlan,
  canUndo: boolean,
): Promise<void> {
  const restored = counts(plan.backupCounts ?? {});
  const message =
    isUndo === true
      ? l10n.t('Restore undone: {0}.', restored)
      : featureIds === undefined
        ? l10n.t('Restored and verified “{1}”: {0}.', restored, nameOfBackup(backup))
        : l10n.t('Restored {0} from “{1}”.', features(featureIds.length), nameOfBackup(backup));
  const undo = isUndo === true ? l10n.t('Redo') : l10n.t('Undo');
  const choice = await vscode.window.showInformationMessage(message, ...(canUndo ? [undo] : []));
  if (choice === undo) await vscode.commands.executeCommand(COMMANDS.undoLastRestore, { root });
}

export function noGoodBackup(project: PickedProject): BackupError {
  return new BackupError(l10n.t('No backup of “{0}” has been verified', project.name), {
    code: 'backup-not-found',
    operation: 'find the last good backup',
    path: project.overview.storePath,
    hint: l10n.t('Use “{0}” to find intact backups.', commandTitle('verifyAll')),
  });
}
