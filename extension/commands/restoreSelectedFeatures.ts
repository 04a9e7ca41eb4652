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
      title: l10n.t('Restore Selected Features'),
      isOffered: ({ content }) => content === 'database',
    });
    const { project, backup } = picked;
    const comparison = await withProgress(l10n.t('Comparing backlogs'), (options) =>
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

/** Undefined if nothing differs; the user is informed. */
async function pickFeatures(comparison: FeatureComparison, backup: string): Promise<readonly number[] | undefined> {
  const items = [...comparison.added.map(addedItem), ...comparison.changed.map(changedItem)];
  if (items.length === 0) {
    void vscode.window.showInformationMessage(l10n.t('The current backlog already matches this backup.'));
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('Restore from “{0}”', backup),
    placeHolder: l10n.t('Select the features to restore; unchanged features are not listed'),
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
  return { id, label: `#${id} ${plainLine(name)}`, description: l10n.t('missing; will be restored') };
}

function changedItem({ id, name, changes }: FeatureChange): FeatureItem {
  const fields = changes.map(({ field }) => field).join(', ');
  return { id, label: `#${id} ${plainLine(name)}`, description: l10n.t('differs in {0}', fields) };
}
