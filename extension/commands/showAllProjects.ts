import * as vscode from 'vscode';
import { VIEWS } from '../contributions.js';
import type { Command } from './command.js';

export const showAllProjects: Command = {
  name: 'showAllProjects',
  writes: false,
  run: async () => {
    await vscode.commands.executeCommand(`${VIEWS.allProjects}.focus`);
  },
};
