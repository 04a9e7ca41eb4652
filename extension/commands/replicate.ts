import * as vscode from 'vscode';
import { errorFrom } from '../engine/errorDescription.js';
import type { SyncReport } from '../engine/protocol.js';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { refreshProject } from './projectActions.js';
import type { Command, Services } from './command.js';
import { pickProject } from './pick.js';
import { withProgress } from './progress.js';

/** Syncs the backups to every target. */
export const replicate: Command = {
  name: 'replicate',
  writes: true,
  run: async (services, target) => {
    const { root, name } = await pickProject(services, target);
    try {
      const report = await withProgress(l10n.t('Syncing {0}', name), (options) =>
        services.background.call('replicate', { root }, options),
      );
      showOutcome(services, name, report);
    } finally {
      await refreshProject(services, root);
    }
  },
};

function showOutcome({ log }: Services, name: string, { targets }: SyncReport): void {
  const failed = targets.filter(({ problem }) => problem !== undefined);
  for (const { name: targetName, problem } of failed) {
    log.info(`sync ${name} to ${targetName}: ${problem?.message ?? ''}`);
  }
  const [first] = failed;
  if (first?.problem !== undefined) throw errorFrom(first.problem);
  void vscode.window.showInformationMessage(
    targets.length === 0
      ? l10n.t('No targets are configured. Add them under “targets” in your user configuration file.')
      : targets.map((target) => targetSentence(name, target)).join(' '),
  );
}

function targetSentence(project: string, { name, copied }: SyncReport['targets'][number]): string {
  const targetName = plainLine(name);
  return copied === 0
    ? l10n.t('“{0}” already has every backup of “{1}”.', targetName, project)
    : l10n.t('Synced {0} of “{1}” to “{2}”.', backups(copied), project, targetName);
}
