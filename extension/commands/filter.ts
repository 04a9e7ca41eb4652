import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { commandTitle } from './commandTitle.js';

export const filter: Command = {
  name: 'filter',
  writes: false,
  run: async ({ tree }) => {
    const text = await vscode.window.showInputBox({
      title: commandTitle('filter'),
      prompt: l10n.t(
        'Words from the reason, branch or tool, or a status such as “pinned” or “damaged”. Leave empty to show all backups.',
      ),
      value: tree.filter,
    });
    if (text !== undefined) tree.filter = text;
  },
};

export const clearFilter: Command = {
  name: 'clearFilter',
  writes: false,
  run: ({ tree }) => {
    tree.filter = '';
  },
};
