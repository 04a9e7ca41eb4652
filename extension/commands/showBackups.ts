import * as vscode from 'vscode';
import { VIEWS } from '../contributions.js';
import type { Command } from './command.js';

export const showBackups: Command = {
  name: 'showBackups',
  writes: false,
  run: async () => {
    await vscode.commands.executeCommand(`${VIEWS.backups}.focus`);
  },
};
