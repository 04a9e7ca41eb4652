import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickProject } from './pick.js';
import { verifyEach } from './verifyEach.js';

export const verifyAll: Command = {
  name: 'verifyAll',
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    const picked = project.overview.backups.map((backup) => ({ project, backup }));
    if (picked.length > 0) await verifyEach(services, picked);
    else void vscode.window.showInformationMessage(l10n.t('There are no backups to verify.'));
  },
};
