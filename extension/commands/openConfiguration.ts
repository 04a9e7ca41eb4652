import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../core/system/index.js';
import { l10n } from '../words/l10n.js';
import type { Command, Services } from './command.js';
import { pickProject } from './pick.js';
import type { Target } from './target.js';

const FILE = '.feature-backups.json';

/** A new file is written only when the user saves it. */
export const openConfiguration: Command = {
  name: 'openConfiguration',
  writes: false,
  run: async (services, target) => {
    const path = join(await folderFor(services, target), FILE);
    const uri = vscode.Uri.file(path);
    if (existsSync(path)) {
      await vscode.window.showTextDocument(uri);
      return;
    }
    const document = await vscode.workspace.openTextDocument(uri.with({ scheme: 'untitled' }));
    const editor = await vscode.window.showTextDocument(document);
    if (document.getText() === '') await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), INITIAL_CONTENT));
  },
};

const INITIAL_CONTENT = `{
  "retention": {
    "keepLast": 20,
    "keepDaily": 7,
    "keepWeekly": 4
  }
}
`;

/** Works for unreadable projects too: an invalid configuration is a reason to open it. */
async function folderFor(services: Services, target: Target): Promise<string> {
  const { states } = services.projects;
  const elsewhere = target.root === undefined ? undefined : services.allProjects.find(target.root);
  if (elsewhere !== undefined) return elsewhere.known.root;
  const requested = states.find(({ root }) => root === target.root) ?? (states.length === 1 ? states[0] : undefined);
  if (requested !== undefined) return requested.root;
  if (states.length > 1) return (await pickProject(services, target)).root;
  const folder = vscode.workspace.workspaceFolders?.at(0);
  if (folder !== undefined) return folder.uri.fsPath;
  throw new BackupError(l10n.t('Open a project folder first'), {
    code: 'project-not-found',
    operation: 'open the configuration',
  });
}
