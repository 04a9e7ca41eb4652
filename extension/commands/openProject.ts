import * as vscode from 'vscode';
import type { Command } from './command.js';
import { pickListed } from './eachProject.js';

export const openProject: Command = {
  name: 'openProject',
  writes: false,
  run: async (services, target) => {
    const { root } = await pickListed(services, target);
    await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(root), { forceNewWindow: true });
  },
};
