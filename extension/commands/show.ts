import * as vscode from 'vscode';
import { VIEWS } from '../contributions.js';
import type { Command } from './command.js';
import { pickProject } from './pick.js';
import { EXTENSION_ID } from './commandTitle.js';

export const showBackups: Command = {
  name: 'showBackups',
  writes: false,
  run: async () => {
    await vscode.commands.executeCommand(`${VIEWS.backups}.focus`);
  },
};

export const showAllProjects: Command = {
  name: 'showAllProjects',
  writes: false,
  run: async () => {
    await vscode.commands.executeCommand(`${VIEWS.allProjects}.focus`);
  },
};

export const showTimeline: Command = {
  name: 'showTimeline',
  writes: false,
  run: async (services, target) => {
    const { root } = await pickProject(services, target);
    services.timelines.show(root);
  },
};

export const showLog: Command = {
  name: 'showLog',
  writes: false,
  run: ({ log }) => {
    log.show();
  },
};

export const openSettings: Command = {
  name: 'openSettings',
  writes: false,
  run: async () => {
    await vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${EXTENSION_ID}`);
  },
};
