import * as vscode from 'vscode';
import type { Shrinkage } from '../../core/retention/index.js';
import { counts, features } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { confirmModal } from './confirm.js';
import { refreshProject } from './projectActions.js';
import type { Command, Services } from './command.js';
import { nameOfBackup, pickProject, titleOfBackup, type PickedProject } from './pick.js';

/** Records in the store, which every window and program reads, that the loss of features was intentional. */
export const acceptShrinkage: Command = {
  name: 'acceptShrinkage',
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    const { root } = project;
    const shrinkage = await services.engine.call('findShrinkage', { root });
    if (shrinkage === undefined) {
      await refreshProject(services, root);
      void vscode.window.showInformationMessage(l10n.t('The backlog has not shrunk.'));
    } else {
      await confirmLoss(services, project, shrinkage, {
        paragraphs: acceptingParagraphs(shrinkage),
        button: l10n.t('Accept Smaller Backlog'),
      });
      const featureCount = shrinkage.live.total;
      await services.projects.whileRestoring(root, async () => {
        await services.engine.call('acknowledgeShrinkage', { root, featureCount });
        await refreshProject(services, root);
      });
      void vscode.window.showInformationMessage(
        l10n.t('Smaller backlog accepted: {0}. Old backups are pruned again.', features(featureCount)),
      );
    }
  },
};

/** The consequences of accepting a loss. */
export function acceptingParagraphs({ live, largest, toPin }: Shrinkage): readonly string[] {
  return [
    l10n.t('It now has {0}. The backup “{1}” has {2}.', counts(live), nameOfBackup(largest), counts(largest.counts)),
    l10n.t(
      'The backup “{0}” will be pinned. Other old backups are pruned again by the retention policy.',
      nameOfBackup(toPin),
    ),
    l10n.t('You will be warned again if more than half of the remaining features are lost.'),
  ];
}

/** Asks whether the loss was intentional, and can show the changes first. */
export async function confirmLoss(
  services: Services,
  { root, name }: PickedProject,
  { live, largest, toPin }: Shrinkage,
  { paragraphs, button }: { readonly paragraphs: readonly string[]; readonly button: string },
): Promise<void> {
  await confirmModal({
    question: l10n.t(
      'Did you mean to remove {0} from “{1}”?',
      features((largest.counts.total ?? 0) - live.total),
      name,
    ),
    detail: paragraphs.join('\n\n'),
    button,
    show: {
      button: l10n.t('Show Changes'),
      act: () =>
        services.documents.diff(
          { root, state: { kind: 'backup', id: toPin.id }, title: titleOfBackup(toPin) },
          { root, state: { kind: 'live' }, title: l10n.t('current backlog') },
        ),
    },
  });
}
