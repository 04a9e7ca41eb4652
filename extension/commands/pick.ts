import * as vscode from 'vscode';
import type { Backup } from '../../core/backups/types.js';
import { BackupError } from '../../core/errors.js';
import type { Overview } from '../engine/protocol.js';
import { backupRow } from '../model/backupRow.js';
import { l10n } from '../words/l10n.js';
import { dayName } from '../words/times.js';
import { ago } from '../words/times.js';
import type { Services } from './command.js';
import type { Target } from './target.js';

/** A project whose look has succeeded. */
export interface PickedProject {
  readonly root: string;
  readonly name: string;
  readonly overview: Overview;
}

export interface PickedBackup {
  readonly project: PickedProject;
  readonly backup: Backup;
}

/** The project a command means: the one it was called on, the only one, or the one that is picked. */
export async function pickProject({ projects }: Services, target: Target): Promise<PickedProject> {
  const known = projects.states.filter(({ overview }) => overview !== undefined).map(toPicked);
  const meant = known.find(({ root }) => root === target.root);
  if (meant !== undefined) return meant;
  const [only] = known;
  if (only === undefined) throw noProject(projects.states.at(0)?.lookFailure?.message);
  if (known.length === 1) return only;
  const items = known.map((project) => ({ label: project.name, description: project.root, project }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: l10n.t('Which project?') });
  if (picked === undefined) throw dismissed();
  return picked.project;
}

export interface BackupQuestion {
  readonly title: string;
  /** Which backups may be picked; all by default. */
  readonly isOffered?: ((backup: Backup) => boolean) | undefined;
}

/** The backup a command means: the one it was called on, or the one that is picked. */
export async function pickBackup(services: Services, target: Target, question: BackupQuestion): Promise<PickedBackup> {
  const [first] = target.backups;
  if (first !== undefined) return findTarget(services, first);
  const project = await pickProject(services, target);
  return { project, backup: await pickBackupOf(project, question) };
}

export async function pickBackupOf(project: PickedProject, question: BackupQuestion): Promise<Backup> {
  const offered = project.overview.backups.filter(question.isOffered ?? (() => true));
  if (offered.length === 0) throw noBackups(project);
  const now = new Date();
  const items = offered.map((backup) => backupItem(backup, now));
  const picked = await vscode.window.showQuickPick(items, {
    title: question.title,
    placeHolder: l10n.t('Which backup?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) throw dismissed();
  return picked.backup;
}

/** All backups a command was called on, or the one that is picked. */
export async function pickBackups(
  services: Services,
  target: Target,
  question: BackupQuestion,
): Promise<readonly PickedBackup[]> {
  if (target.backups.length === 0) return [await pickBackup(services, target, question)];
  return target.backups.map((backup) => findTarget(services, backup));
}

/** "before mark passing #12, 5 min ago": how sentences name a backup. */
export function nameOfBackup(backup: Backup): string {
  return l10n.t('{0}, {1}', backupRow(backup).label, ago(backup.createdAt, new Date()));
}

export function dismissed(): BackupError {
  return new BackupError('Dismissed', { code: 'cancelled', operation: 'ask' });
}

/** The backup by its name; throws where it is gone. */
export function findTarget({ projects }: Services, { root, id }: { root: string; id: string }): PickedBackup {
  const state = projects.states.find((candidate) => candidate.root === root);
  const backup = state?.overview?.backups.find((candidate) => candidate.id === id);
  if (state === undefined || backup === undefined) {
    throw new BackupError(l10n.t('This backup is not there any more: {0}', id), {
      code: 'backup-not-found',
      operation: 'find the backup',
    });
  }
  return { project: toPicked(state), backup };
}

function toPicked({
  root,
  name,
  overview,
}: {
  root: string;
  name: string;
  overview: Overview | undefined;
}): PickedProject {
  if (overview === undefined) throw noProject(undefined);
  return { root, name, overview };
}

function backupItem(backup: Backup, now: Date): vscode.QuickPickItem & { readonly backup: Backup } {
  const row = backupRow(backup);
  return {
    label: `$(${row.icon.id}) ${row.label}`,
    description: `${dayName(backup.createdAt, now)}, ${row.description}`,
    detail: backup.metadata?.git?.branch ? `$(git-branch) ${backup.metadata.git.branch}  ${backup.id}` : backup.id,
    backup,
  };
}

function noProject(reason: string | undefined): BackupError {
  return new BackupError(reason ?? l10n.t('There is no feature database in this workspace'), {
    code: 'project-not-found',
    operation: 'find the project',
  });
}

function noBackups(project: PickedProject): BackupError {
  return new BackupError(l10n.t('There is no such backup of {0} yet', project.name), {
    code: 'backup-not-found',
    operation: 'find the backup',
    path: project.overview.storePath,
  });
}
