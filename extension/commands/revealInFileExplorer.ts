import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickStoredBackups } from './pick.js';

export const revealInFileExplorer: Command = {
  name: 'revealInFileExplorer',
  writes: false,
  run: async (services, target) => {
    const [picked] = await pickStoredBackups(services, target, { title: l10n.t('Reveal a Backup') });
    if (picked === undefined) return;
    const uri = vscode.Uri.file(picked.backup.path);
    // On a remote machine there is no file manager to open; the editor's own explorer shows it there.
    const command = vscode.env.remoteName === undefined ? 'revealFileInOS' : 'revealInExplorer';
    await vscode.commands.executeCommand(command, uri);
  },
};
