import * as vscode from 'vscode';
import type { Shrinkage } from '../../core/retention/index.js';
import { counts, features } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { agree } from './agree.js';
import { lookAgainAt } from './anyProject.js';
import type { Command, Services } from './command.js';
import { nameOfBackup, pickProject, titleOfBackup, type PickedProject } from './pick.js';

/** The user says that a backlog with so few features is meant: noted in the store, for every window and program. */
export const acceptShrinkage: Command = {
  name: 'acceptShrinkage',
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    const { root } = project;
    const shrinkage = await services.engine.call('findShrinkage', { root });
    if (shrinkage === undefined) {
      await lookAgainAt(services, root);
      void vscode.window.showInformationMessage(l10n.t('There is nothing to say: the backlog has not shrunk.'));
    } else {
      await confirm(services, project, shrinkage);
      const featureCount = shrinkage.live.total;
      await services.projects.whileMending(root, async () => {
        await services.engine.call('acknowledgeShrinkage', { root, featureCount });
        await lookAgainAt(services, root);
      });
      void vscode.window.showInformationMessage(
        l10n.t('Noted: {0} are meant. Old backups are cleaned up again.', features(featureCount)),
      );
    }
  },
};

async function confirm(services: Services, project: PickedProject, { live, largest, toPin }: Shrinkage): Promise<void> {
  const { root, name } = project;
  const paragraphs = [
    l10n.t(
      'It holds {0}. The backup “{1}” holds {2}: {3} more.',
      counts(live),
      nameOfBackup(largest),
      counts(largest.counts),
      features((largest.counts.total ?? 0) - live.total),
    ),
    l10n.t(
      'The backup “{0}” is pinned, so that it stays. Of the others, those from before are cleaned up again as configured.',
      nameOfBackup(toPin),
    ),
    l10n.t('If half of what is left is lost as well, you are warned again.'),
  ];
  await agree({
    question: l10n.t('Is it meant that the backlog of {0} holds only {1}?', name, features(live.total)),
    detail: paragraphs.join('\n\n'),
    button: l10n.t('It Is Meant'),
    show: {
      button: l10n.t('Show Differences'),
      act: () =>
        services.documents.diff(
          { root, state: { kind: 'backup', id: toPin.id }, title: titleOfBackup(toPin) },
          { root, state: { kind: 'live' }, title: l10n.t('now') },
        ),
    },
  });
}
