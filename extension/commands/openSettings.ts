import * as vscode from 'vscode';
import type { Command } from './command.js';
import { EXTENSION_ID } from './commandTitle.js';

export const openSettings: Command = {
  name: 'openSettings',
  writes: false,
  run: async () => {
    await vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${EXTENSION_ID}`);
  },
};
