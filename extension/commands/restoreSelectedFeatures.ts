import * as vscode from 'vscode';
import type { Feature, FeatureChange, FeatureComparison } from '../../core/database/index.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import type { Command } from './command.js';
import { dismissed, nameOfBackup, pickBackup } from './pick.js';
import { withProgress } from './progress.js';
import { restoreWithConfirmation } from './restoreFlow.js';

export const restoreSelectedFeatures: Command = {
  name: 'restoreSelectedFeatures',
  writes: true,
  run: async (services, target) => {
    const picked = await pickBackup(services, target, {
      title: l10n.t('Restore Features of a Backup'),
      isOffered: ({ content }) => content === 'database',
    });
    const { project, backup } = picked;
    const comparison = await withProgress(l10n.t('Comparing'), (options) =>
      services.engine.call(
        'compare',
        { root: project.root, before: { kind: 'live' }, after: { kind: 'backup', id: backup.id } },
        options,
      ),
    );
    const featureIds = await pickFeatures(comparison, nameOfBackup(backup));
    if (featureIds !== undefined) await restoreWithConfirmation(services, { ...picked, featureIds });
  },
};

/** Undefined where there is nothing to choose from, which is told. */
async function pickFeatures(comparison: FeatureComparison, backup: string): Promise<readonly number[] | undefined> {
  const items = [...comparison.added.map(addedItem), ...comparison.changed.map(changedItem)];
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      l10n.t('No feature of this backup differs from the backlog as it is now.'),
    );
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('Restore from “{0}”', backup),
    placeHolder: l10n.t('Which features? Those that are the same are left out'),
    canPickMany: true,
    matchOnDescription: true,
  });
  if (picked === undefined || picked.length === 0) throw dismissed();
  return picked.map(({ id }) => id);
}

interface FeatureItem extends vscode.QuickPickItem {
  readonly id: number;
}

function addedItem({ id, name }: Feature): FeatureItem {
  return { id, label: `#${id} ${plainLine(name)}`, description: l10n.t('is gone; comes back') };
}

function changedItem({ id, name, changes }: FeatureChange): FeatureItem {
  const fields = changes.map(({ field }) => field).join(', ');
  return { id, label: `#${id} ${plainLine(name)}`, description: l10n.t('differs in {0}', fields) };
}
