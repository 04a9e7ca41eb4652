import * as vscode from 'vscode';
import type { Result } from '../engine/protocol.js';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { lookAgainAt } from './anyProject.js';
import type { Services } from './command.js';
import { nameOfBackup, type PickedBackup } from './pick.js';
import { withProgress } from './progress.js';

/** One call a backup: so it can be ended between two, and a backup that makes the engine hang costs only itself. */
export async function verifyEach(services: Services, picked: readonly PickedBackup[]): Promise<void> {
  const outcomes: Result<'verify'>[] = [];
  const title = picked.length === 1 ? l10n.t('Verifying a backup') : l10n.t('Verifying {0}', backups(picked.length));
  try {
    await withProgress(title, async ({ signal, onProgress }) => {
      for (const [index, { project, backup }] of picked.entries()) {
        onProgress?.(nameOfBackup(backup), index / picked.length);
        outcomes.push(await services.engine.call('verify', { root: project.root, id: backup.id }, { signal }));
      }
    });
  } finally {
    const roots = new Set(picked.map(({ project }) => project.root));
    await Promise.all([...roots].map((root) => lookAgainAt(services, root)));
  }
  tell(services, outcomes);
}

function tell({ log }: Services, outcomes: readonly Result<'verify'>[]): void {
  const bad = outcomes.filter(({ ok }) => !ok);
  for (const { backup, problems } of bad) log.info(`${backup.id} does not verify: ${problems.join('; ')}`);
  const [first] = bad;
  if (first === undefined) {
    void vscode.window.showInformationMessage(
      outcomes.length === 1 ? l10n.t('The backup is whole.') : l10n.t('All {0} are whole.', backups(outcomes.length)),
    );
    return;
  }
  const problem = first.problems.at(0) ?? '';
  const message =
    bad.length === 1
      ? l10n.t('“{0}” is damaged: {1}', nameOfBackup(first.backup), problem)
      : l10n.t(
          '{0} of {1} are damaged, the newest of them “{2}”.',
          bad.length,
          outcomes.length,
          nameOfBackup(first.backup),
        );
  void vscode.window.showErrorMessage(message);
}
