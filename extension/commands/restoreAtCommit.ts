import * as vscode from 'vscode';
import type { CommitWithBackup } from '../engine/protocol.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { ago } from '../words/times.js';
import type { Command } from './command.js';
import { dismissed, findTarget, pickProject } from './pick.js';
import { withProgress } from './progress.js';
import { restoreWithConfirmation } from './restoreFlow.js';

export const restoreAtCommit: Command = {
  name: 'restoreAtCommit',
  writes: true,
  run: async (services, target) => {
    const { root } = await pickProject(services, target);
    const commits = await withProgress(l10n.t('Loading commits'), (options) =>
      services.engine.call('listCommits', { root }, options),
    );
    // Listing the commits also writes pending commit links into the metadata.
    await services.projects.refreshProject(root);
    if (commits.length === 0) {
      void vscode.window.showInformationMessage(
        l10n.t('No commit has a backup yet. Install the git hook to back up before every commit.'),
      );
      return;
    }
    const { backupId } = await pickCommit(commits);
    await restoreWithConfirmation(services, await findTarget(services, { root, id: backupId }));
  },
};

async function pickCommit(commits: readonly CommitWithBackup[]): Promise<CommitWithBackup> {
  const now = new Date();
  const items = commits.map((commit) => ({
    label: `$(git-commit) ${plainLine(commit.subject)}`,
    description: `${commit.commitId.slice(0, 9)} · ${ago(commit.committedAt, now)}`,
    ...(commit.isAbandoned && { detail: l10n.t('since amended, rebased or dropped') }),
    commit,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('Restore to Commit'),
    placeHolder: l10n.t('Select a commit'),
    matchOnDescription: true,
  });
  if (picked === undefined) throw dismissed();
  return picked.commit;
}
