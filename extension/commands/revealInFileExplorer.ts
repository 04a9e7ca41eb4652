import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickBackup } from './pick.js';

export const revealInFileExplorer: Command = {
  name: 'revealInFileExplorer',
  writes: false,
  run: async (services, target) => {
    const { backup } = await pickBackup(services, target, { title: l10n.t('Reveal a Backup') });
    const uri = vscode.Uri.file(backup.path);
    // On a remote machine there is no file manager to open; the editor's own explorer shows it there.
    const command = vscode.env.remoteName === undefined ? 'revealFileInOS' : 'revealInExplorer';
    await vscode.commands.executeCommand(command, uri);
  },
};
