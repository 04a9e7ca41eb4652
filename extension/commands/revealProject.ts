import * as vscode from 'vscode';
import type { Command } from './command.js';
import { pickListed } from './eachProject.js';

export const revealProject: Command = {
  name: 'revealProject',
  writes: false,
  run: async (services, target) => {
    const { root } = await pickListed(services, target);
    // On a remote machine there is no file manager to open; VS Code's own dialog shows the folder there.
    if (vscode.env.remoteName === undefined) {
      await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(root));
      return;
    }
    await vscode.window.showOpenDialog({ defaultUri: vscode.Uri.file(root), canSelectFolders: true });
  },
};
