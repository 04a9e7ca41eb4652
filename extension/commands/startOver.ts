import * as vscode from 'vscode';
import type { StartOverOutcome, StartOverPlan } from '../../core/backup/index.js';
import { counts, features } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { acceptingParagraphs, confirmLoss } from './acceptShrinkage.js';
import type { Command, Services } from './command.js';
import { commandTitle } from './commandTitle.js';
import { dismissed, nameOfBackup, pickProject, type PickedProject } from './pick.js';
import { withProgress } from './progress.js';
import { refreshProject } from './projectActions.js';

/** For an intended reset of the backlog, after it or before it. */
export const startOver: Command = {
  name: 'startOver',
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    const { root, name } = project;
    const plan = await services.engine.call('planStartOver', { root });
    await confirm(services, project, plan);
    const outcome = await services.projects.whileRestoring(root, async () => {
      const finished = await withProgress(
        l10n.t('Starting over in {0}', name),
        (options) => services.engine.call('startOver', { root, featureCount: plan.live?.total }, options),
        { isCancellable: false },
      );
      await refreshProject(services, root);
      return finished;
    });
    void vscode.window.showInformationMessage(report(outcome));
  },
};

async function confirm(services: Services, project: PickedProject, { live, shrinkage }: StartOverPlan): Promise<void> {
  if (shrinkage !== undefined) {
    await confirmLoss(services, project, shrinkage, {
      paragraphs: [l10n.t('The current backlog is backed up first.'), ...acceptingParagraphs(shrinkage)],
      button: l10n.t('Start Over'),
    });
    return;
  }
  const button = l10n.t('Back Up and Pin');
  const detail = l10n.t(
    'The backlog has not shrunk: {0}. Its current state will be backed up and pinned, so that you can reset it. Then use “{1}” again to accept the smaller backlog.',
    counts(live ?? {}),
    commandTitle('startOver'),
  );
  const question = l10n.t('Back up and pin the backlog of “{0}” before you reset it?', project.name);
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, button)) !== button) {
    throw dismissed();
  }
}

function report(outcome: StartOverOutcome): string {
  const backup = nameOfBackup(outcome.backup);
  return outcome.status === 'accepted'
    ? l10n.t(
        'Started over with {0}, backed up as “{1}”. Old backups are pruned again.',
        features(outcome.acknowledgement.featureCount),
        backup,
      )
    : l10n.t('Backed up and pinned as “{0}”. You can reset the backlog now.', backup);
}
