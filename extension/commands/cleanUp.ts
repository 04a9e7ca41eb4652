import * as vscode from 'vscode';
import type { RetentionPlan } from '../../core/retention/index.js';
import { sizeInWords } from '../../core/system/index.js';
import { errorFrom } from '../engine/errorDescription.js';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { refreshProject } from './projectActions.js';
import type { Command } from './command.js';
import { dismissed, nameOfBackup, pickProject } from './pick.js';
import { withProgress } from './progress.js';

export const cleanUp: Command = {
  name: 'cleanUp',
  writes: true,
  run: async (services, target) => {
    const { engine } = services;
    const { root } = await pickProject(services, target);
    const plan = await engine.call('planCleanUp', { root });
    if (plan.remove.length === 0) {
      void vscode.window.showInformationMessage(nothingToDo(plan));
      return;
    }
    await confirm(plan);
    const outcome = await withProgress(
      l10n.t('Pruning backups'),
      (options) => engine.call('cleanUp', { root }, options),
      {
        isCancellable: false,
      },
    );
    await refreshProject(services, root);
    if (outcome.problem !== undefined) throw errorFrom(outcome.problem);
    void vscode.window.showInformationMessage(l10n.t('Pruned {0}.', backups(outcome.removed.length)));
  },
};

function nothingToDo({ keep }: RetentionPlan): string {
  const reasons = new Set(keep.flatMap((kept) => kept.reasons));
  const isPaused = PAUSES.some((reason) => reasons.has(reason));
  return isPaused
    ? l10n.t('No backups are pruned while the database is damaged, missing, or has lost most of its features.')
    : l10n.t('Nothing to prune: the retention policy keeps all {0}.', backups(keep.length));
}

const PAUSES = ['database-damaged', 'database-shrunk', 'database-gone'] as const;
const SHOWN = 10;

async function confirm({ keep, remove }: RetentionPlan): Promise<void> {
  const freed = remove.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const names = remove.slice(0, SHOWN).map((backup) => `• ${nameOfBackup(backup)}`);
  if (remove.length > SHOWN) names.push(l10n.t('… and {0} more', remove.length - SHOWN));
  const detail = [
    l10n.t('This keeps {0} and frees {1}. Backups to prune:', backups(keep.length), sizeInWords(freed)),
    ...names,
  ].join('\n');
  const button = remove.length === 1 ? l10n.t('Prune 1 Backup') : l10n.t('Prune {0} Backups', remove.length);
  const question = l10n.t('Prune {0} that the retention policy does not keep?', backups(remove.length));
  const choice = await vscode.window.showWarningMessage(question, { modal: true, detail }, button);
  if (choice !== button) throw dismissed();
}
