import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickStoredBackups } from './pick.js';

export const copyPath: Command = {
  name: 'copyPath',
  writes: false,
  run: async (services, target) => {
    const picked = await pickStoredBackups(services, target, { title: l10n.t('Copy the Path of a Backup') });
    await vscode.env.clipboard.writeText(picked.map(({ backup }) => backup.path).join('\n'));
  },
};
