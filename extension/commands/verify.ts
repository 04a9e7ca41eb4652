import * as vscode from 'vscode';
import type { Result } from '../engine/protocol.js';
import { backups, projects } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { refreshProject } from './projectActions.js';
import type { Services, Command } from './command.js';
import { nameOfBackup, pickProject, pickBackups, type PickedBackup } from './pick.js';
import { withProgress } from './progress.js';
import { withEachProject, type FailedProject } from './eachProject.js';

export const verify: Command = {
  name: 'verify',
  // The result is recorded in the metadata.
  writes: true,
  run: async (services, target) => {
    await verifyEach(services, await pickBackups(services, target, { title: l10n.t('Verify Backup') }));
  },
};

/** One call per backup, so the user can cancel between two, and a backup that hangs the engine stops only itself. */
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
    await Promise.all([...roots].map((root) => refreshProject(services, root)));
  }
  showOutcome(services, outcomes);
}

function showOutcome({ log }: Services, outcomes: readonly Result<'verify'>[]): void {
  const bad = outcomes.filter(({ ok }) => !ok);
  for (const { backup, problems } of bad) log.info(`${backup.id} is damaged: ${problems.join('; ')}`);
  const [first] = bad;
  if (first === undefined) {
    void vscode.window.showInformationMessage(
      outcomes.length === 1 ? l10n.t('The backup is intact.') : l10n.t('All {0} are intact.', backups(outcomes.length)),
    );
    return;
  }
  const problem = first.problems.at(0) ?? '';
  const message =
    bad.length === 1
      ? l10n.t('“{0}” is damaged: {1}', nameOfBackup(first.backup), problem)
      : l10n.t(
          '{0} of {1} are damaged; the newest is “{2}”.',
          bad.length,
          backups(outcomes.length),
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
    else void vscode.window.showInformationMessage(l10n.t('No backups to verify.'));
  },
};

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
        const reading = await services.engine.call('readProject', { root }, options);
        for (const { id } of reading?.overview?.backups ?? []) {
          const { ok } = await services.engine.call('verify', { root, id }, options);
          checked += 1;
          if (!ok) damaged.push(`${name}, ${id}`);
        }
        await refreshProject(services, root);
      },
    );
    for (const name of damaged) services.log.info(`damaged: ${name}`);
    const [first] = failed;
    if (damaged.length > 0) {
      void vscode.window.showErrorMessage(damageMessage(damaged, checked));
    } else if (first !== undefined) {
      void vscode.window.showErrorMessage(failureMessage(first, failed.length));
    } else {
      void vscode.window.showInformationMessage(
        l10n.t('All {0} of {1} are intact.', backups(checked), projects(count)),
      );
    }
  },
};

function damageMessage(damaged: readonly string[], checkedCount: number): string {
  const [first = ''] = damaged;
  return damaged.length === 1
    ? l10n.t('1 of {0} is damaged: {1}', backups(checkedCount), first)
    : l10n.t('{0} of {1} are damaged, for example {2}', damaged.length, backups(checkedCount), first);
}

function failureMessage({ name, error }: FailedProject, failedCount: number): string {
  return failedCount === 1
    ? l10n.t('Could not verify the backups of “{0}”: {1}', name, error.message)
    : l10n.t('Could not verify the backups of {0}, for example “{1}”: {2}', projects(failedCount), name, error.message);
}
