import * as vscode from 'vscode';
import type { Result } from '../engine/protocol.js';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { lookAgainAt } from './anyProject.js';
import type { Services, Command } from './command.js';
import { nameOfBackup, pickProject, pickBackups, type PickedBackup } from './pick.js';
import { withProgress } from './progress.js';
import { withEachProject } from './eachProject.js';

export const verify: Command = {
  name: 'verify',
  // Reading it all is harmless, but the result is noted in the metadata.
  writes: true,
  run: async (services, target) => {
    await verifyEach(services, await pickBackups(services, target, { title: l10n.t('Verify a Backup') }));
  },
};

/** One call a backup: so it can be ended between two, and a backup that makes the engine hang costs only itself. */
export async function verifyEach(services: Services, picked: readonly PickedBackup[]): Promise<void> {
  const outcomes: Result<'verify'>[] = [];
  const title = picked.length === 1 ? l10n.t('Verifying a backup') : l10n.t('Verifying {0}', backups(picked.length));
  try {
    await withProgress(title, async ({ signal, onProgress }) => {
      for (const [index, { project, backup }] of picked.entries()) {
        onProgress?.(nameOfBackup(backup), index / picked.length);
        outcomes.push(await services.engine.call('verify', { root: project.root, id: backup.id }, { signal }));
      }
    });
  } finally {
    const roots = new Set(picked.map(({ project }) => project.root));
    await Promise.all([...roots].map((root) => lookAgainAt(services, root)));
  }
  tell(services, outcomes);
}

function tell({ log }: Services, outcomes: readonly Result<'verify'>[]): void {
  const bad = outcomes.filter(({ ok }) => !ok);
  for (const { backup, problems } of bad) log.info(`${backup.id} does not verify: ${problems.join('; ')}`);
  const [first] = bad;
  if (first === undefined) {
    void vscode.window.showInformationMessage(
      outcomes.length === 1 ? l10n.t('The backup is whole.') : l10n.t('All {0} are whole.', backups(outcomes.length)),
    );
    return;
  }
  const problem = first.problems.at(0) ?? '';
  const message =
    bad.length === 1
      ? l10n.t('“{0}” is damaged: {1}', nameOfBackup(first.backup), problem)
      : l10n.t(
          '{0} of {1} are damaged, the newest of them “{2}”.',
          bad.length,
          outcomes.length,
          nameOfBackup(first.backup),
        );
  void vscode.window.showErrorMessage(message);
}

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

/** Checks every backup of every project. */
export const verifyAllProjects: Command = {
  name: 'verifyAllProjects',
  writes: true,
  run: async (services) => {
    let checked = 0;
    const damaged: string[] = [];
    const { count, failed } = await withEachProject(
      services,
      l10n.t('Verifying the backups of all projects'),
      async ({ root, name }, options) => {
        const overview = await services.engine.call('look', { root }, options);
        for (const { id } of overview?.backups ?? []) {
          const { ok } = await services.engine.call('verify', { root, id }, options);
          checked += 1;
          if (!ok) damaged.push(`${name}: ${id}`);
        }
        await lookAgainAt(services, root);
      },
    );
    for (const name of damaged) services.log.info(`damaged: ${name}`);
    const [first] = failed;
    if (damaged.length > 0) {
      const message = l10n.t(
        '{0} of {1} are damaged, the first of them {2}',
        damaged.length,
        checked,
        damaged[0] ?? '',
      );
      void vscode.window.showErrorMessage(message);
    } else if (first !== undefined) {
      const message = l10n.t(
        '{0} could not be verified, the first of them {1}: {2}',
        failed.length,
        first.name,
        first.error.message,
      );
      void vscode.window.showErrorMessage(message);
    } else {
      void vscode.window.showInformationMessage(l10n.t('All {0} of {1} projects are whole.', backups(checked), count));
    }
  },
};
