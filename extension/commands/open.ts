import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickListed } from './eachProject.js';
import { pickStoredBackups, titleOfBackup, pickBackup } from './pick.js';
import { isComparable } from './compare.js';

export const openBackup: Command = {
  name: 'openBackup',
  writes: false,
  run: async (services, target) => {
    const { project, backup } = await pickBackup(services, target, {
      title: l10n.t('Open Backup'),
      isOffered: isComparable,
    });
    await services.documents.open(
      { root: project.root, state: { kind: 'backup', id: backup.id } },
      titleOfBackup(backup),
    );
  },
};

export const openProject: Command = {
  name: 'openProject',
  writes: false,
  run: async (services, target) => {
    const { root } = await pickListed(services, target);
    await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(root), { forceNewWindow: true });
  },
};

export const revealInFileExplorer: Command = {
  name: 'revealInFileExplorer',
  writes: false,
  run: async (services, target) => {
    const [picked] = await pickStoredBackups(services, target, { title: l10n.t('Reveal Backup') });
    if (picked === undefined) return;
    const uri = vscode.Uri.file(picked.backup.path);
    // A remote machine has no file manager to open.
    const command = vscode.env.remoteName === undefined ? 'revealFileInOS' : 'revealInExplorer';
    await vscode.commands.executeCommand(command, uri);
  },
};

export const revealProject: Command = {
  name: 'revealProject',
  writes: false,
  run: async (services, target) => {
    const { root } = await pickListed(services, target);
    // A remote machine has no file manager to open.
    if (vscode.env.remoteName === undefined) {
      await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(root));
      return;
    }
    await vscode.window.showOpenDialog({ defaultUri: vscode.Uri.file(root), canSelectFolders: true });
  },
};
