import * as vscode from 'vscode';
import { basename } from 'node:path';
import { BackupError } from '../../core/system/index.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import type { DeletedProject } from '../engine/protocol.js';
import type { Command, Services } from './command.js';
import { dismissed, pickBackupOf } from './pick.js';
import { restoreWithConfirmation } from './restoreFlow.js';
import type { Target } from './target.js';

/** Restores a project whose database and store were deleted. */
export const restoreFromVault: Command = {
  name: 'restoreFromVault',
  writes: true,
  run: async (services, target) => {
    const deleted = await pickDeleted(services, target);
    const project = { root: deleted.root, name: basename(deleted.root), overview: deleted };
    const backup = await pickBackupOf(project, { title: l10n.t('Restore From Vault') });
    await restoreWithConfirmation(services, { project, backup });
    await services.projects.discover();
    if (services.allProjects.isListed) await services.allProjects.refresh();
  },
};

async function pickDeleted(services: Services, target: Target): Promise<DeletedProject> {
  const roots = target.root === undefined ? deletedRoots(services) : [target.root];
  const root = roots.length > 1 ? await pickRoot(roots) : roots[0];
  const deleted = root === undefined ? undefined : await services.engine.call('readDeletedProject', { root });
  if (deleted === undefined) throw nothingInVault(root);
  return deleted;
}

/** In this window, and in the list of all projects. */
function deletedRoots({ projects, allProjects }: Services): readonly string[] {
  const here = projects.deleted.map(({ root }) => root);
  const elsewhere = allProjects.projects.flatMap(({ known, survey }) =>
    (survey?.vaultCount ?? 0) > 0 ? [known.root] : [],
  );
  return [...new Set([...here, ...elsewhere])];
}

async function pickRoot(roots: readonly string[]): Promise<string> {
  const items = roots.map((root) => ({ label: plainLine(basename(root)), description: plainLine(root), root }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: l10n.t('Select a project') });
  if (picked === undefined) throw dismissed();
  return picked.root;
}

function nothingInVault(root: string | undefined): BackupError {
  const message =
    root === undefined
      ? l10n.t('No deleted project is in the vault')
      : l10n.t('The vault has no backups of a deleted project in {0}', root);
  return new BackupError(message, {
    code: 'backup-not-found',
    operation: 'find the deleted project',
    path: root,
    hint: l10n.t('Projects that still have a database or backups are restored from the Backups view.'),
  });
}
