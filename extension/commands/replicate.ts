import * as vscode from 'vscode';
import { errorFrom } from '../engine/errorDescription.js';
import type { CopyReport } from '../engine/protocol.js';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { lookAgainAt } from './anyProject.js';
import type { Command, Services } from './command.js';
import { pickProject } from './pick.js';
import { withProgress } from './progress.js';

/** Brings every target of the user's configuration up to date. */
export const replicate: Command = {
  name: 'replicate',
  writes: true,
  run: async (services, target) => {
    const { root, name } = await pickProject(services, target);
    try {
      const report = await withProgress(l10n.t('Copying the backups of {0}', name), (options) =>
        services.background.call('replicate', { root }, options),
      );
      tell(services, name, report);
    } finally {
      await lookAgainAt(services, root);
    }
  },
};

function tell({ log }: Services, name: string, { targets }: CopyReport): void {
  const failed = targets.filter(({ problem }) => problem !== undefined);
  for (const { name: place, problem } of failed) log.info(`copy ${name} to ${place}: ${problem?.message ?? ''}`);
  const [first] = failed;
  if (first?.problem !== undefined) throw errorFrom(first.problem);
  void vscode.window.showInformationMessage(
    targets.length === 0
      ? l10n.t('No targets are configured: your own configuration file names the places that get copies.')
      : targets.map((target) => targetSentence(name, target)).join(' '),
  );
}

function targetSentence(project: string, { name, copied }: CopyReport['targets'][number]): string {
  const place = plainLine(name);
  return copied === 0
    ? l10n.t('{0} has every backup of {1} already.', place, project)
    : l10n.t('{0} of {1} copied to {2}.', backups(copied), project, place);
}
