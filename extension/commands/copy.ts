import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickStoredBackups, pickBackups } from './pick.js';

/** The name is the argument of commands in a terminal, and history states have no path. */
export const copyId: Command = {
  name: 'copyId',
  writes: false,
  run: async (services, target) => {
    const picked = await pickBackups(services, target, { title: l10n.t('Copy Backup Name') });
    await vscode.env.clipboard.writeText(picked.map(({ backup }) => backup.id).join('\n'));
  },
};

export const copyPath: Command = {
  name: 'copyPath',
  writes: false,
  run: async (services, target) => {
    const picked = await pickStoredBackups(services, target, { title: l10n.t('Copy Backup Path') });
    await vscode.env.clipboard.writeText(picked.map(({ backup }) => backup.path).join('\n'));
  },
};
