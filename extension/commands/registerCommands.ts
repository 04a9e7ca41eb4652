import * as vscode from 'vscode';
import { BackupError } from '../../core/system/index.js';
import { COMMANDS, type CommandName } from '../contributions.js';
import { failureWords } from '../model/failureWords.js';
import { l10n } from '../words/l10n.js';
import { allCommands } from './allCommands.js';
import type { Command, Services } from './command.js';
import { commandTitle } from './commandTitle.js';
import { isOnSelection, parseTarget, type Target } from './target.js';

export function registerCommands(services: Services): vscode.Disposable {
  return vscode.Disposable.from(...allCommands.map((command) => register(command, services)));
}

/** Shows and logs what a command throws, so that commands need not catch errors. */
function register(command: Command, services: Services): vscode.Disposable {
  return vscode.commands.registerCommand(COMMANDS[command.name], async (...given: unknown[]) => {
    const { selection } = services.tree;
    const args = isOnSelection(given) ? [selection[0], selection] : given;
    try {
      if (command.writes && !vscode.workspace.isTrusted) await refuseUntrusted();
      else await command.run(services, parseTarget(args));
    } catch (error) {
      if (error instanceof BackupError && error.code === 'cancelled') return;
      services.log.error(command.name, error);
      // Not awaited, because the notification may stay open after the command has ended.
      void showFailure(error, parseTarget(args));
    }
  });
}

/** Runs the offered action on the same project. */
async function showFailure(error: unknown, { root }: Target): Promise<void> {
  const { message, action } = failureWords(error);
  const names: readonly CommandName[] = action === undefined ? ['showLog'] : [action, 'showLog'];
  const titles = names.map(commandTitle);
  const choice = await vscode.window.showErrorMessage(message, ...titles);
  const name = names[titles.indexOf(choice ?? '')];
  if (name !== undefined)
    await vscode.commands.executeCommand(COMMANDS[name], ...(root === undefined ? [] : [{ root }]));
}

async function refuseUntrusted(): Promise<void> {
  const manage = l10n.t('Manage Workspace Trust');
  const message = l10n.t('This workspace is not trusted. You can view backups, but Feature Backups writes nothing.');
  const choice = await vscode.window.showWarningMessage(message, manage);
  if (choice === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}
