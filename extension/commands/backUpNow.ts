import * as vscode from 'vscode';
import { COMMANDS } from '../contributions.js';
import { counts } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { backUpProject } from './projectActions.js';
import type { Command } from './command.js';
import { commandTitle } from './commandTitle.js';
import { dismissed, pickProject } from './pick.js';
import { withProgress } from './progress.js';

export const backUpNow: Command = {
  name: 'backUpNow',
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    const reason = await vscode.window.showInputBox({
      title: commandTitle('backUpNow'),
      prompt: l10n.t('Note (optional), to help you find this backup later'),
      placeHolder: l10n.t('For example: before the big refactoring'),
    });
    if (reason === undefined) throw dismissed();
    const outcome = await withProgress(l10n.t('Backing up {0}', project.name), (options) =>
      backUpProject(services, project.root, { source: 'editor', reason: reason.trim() || 'manual' }, options),
    );
    switch (outcome.status) {
      case 'created':
        inform(l10n.t('Backed up and verified: {0}.', counts(outcome.backup.counts)));
        return;
      case 'unchanged':
        inform(l10n.t('No changes since the last backup: {0}.', counts(outcome.backup.counts)));
        return;
      case 'damaged':
        void offerLastGood(project.root, outcome.problems.at(0) ?? '');
    }
  },
};

function inform(message: string): void {
  void vscode.window.showInformationMessage(message);
}

async function offerLastGood(root: string, problem: string): Promise<void> {
  const message = l10n.t('The database is damaged ({0}). A copy was saved as an emergency backup.', plainLine(problem));
  const restore = commandTitle('restoreLastGood');
  if ((await vscode.window.showErrorMessage(message, restore)) !== restore) return;
  await vscode.commands.executeCommand(COMMANDS.restoreLastGood, { root });
}
