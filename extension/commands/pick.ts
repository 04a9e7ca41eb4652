import * as vscode from 'vscode';
import type { Backup } from '../../core/store/index.js';
import { BackupError } from '../../core/system/index.js';
import type { Overview } from '../engine/protocol.js';
import { backupRow } from '../model/backupRow.js';
import type { ProjectState } from '../model/projectState.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { ago, dateTime, dayName } from '../words/times.js';
import type { Services } from './command.js';
import type { Target, TargetBackup } from './target.js';

/** A project that could be read. */
export interface PickedProject {
  readonly root: string;
  readonly name: string;
  readonly overview: Overview;
}

export interface PickedBackup {
  readonly project: PickedProject;
  readonly backup: Backup;
}

/** The target of a command, the only project, or the one that the user picks. */
export async function pickProject(services: Services, target: Target): Promise<PickedProject> {
  const { projects } = services;
  const known = projects.states.filter(({ overview }) => overview !== undefined).map(toPicked);
  const requested = known.find(({ root }) => root === target.root) ?? (await findElsewhere(services, target));
  if (requested !== undefined) return requested;
  const [only] = known;
  if (only === undefined) throw noProject(reasonOf(projects.states.at(0)));
  if (known.length === 1) return only;
  const items = known.map((project) => ({
    label: plainLine(project.name),
    description: plainLine(project.root),
    project,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: l10n.t('Select a project') });
  if (picked === undefined) throw dismissed();
  return picked.project;
}

/** A project in the list of all projects that is not open in this window. */
async function findElsewhere({ engine, allProjects }: Services, { root }: Target): Promise<PickedProject | undefined> {
  const project = root === undefined ? undefined : allProjects.find(root);
  if (project === undefined) return undefined;
  const { name } = project.known;
  const { root: foundRoot } = project.known;
  const reading = await engine.call('readProject', { root: foundRoot });
  if (reading === undefined) throw noProject(l10n.t('No feature database found in {0}', foundRoot));
  const { overview, problems } = reading;
  if (overview === undefined) throw noProject(problems[0]?.description);
  return { root: foundRoot, name, overview };
}

/** Why this project cannot be read. */
function reasonOf(project: ProjectState | undefined): string | undefined {
  return project?.problems[0]?.description ?? project?.checkFailure?.message;
}

export interface BackupQuestion {
  readonly title: string;
  /** Which backups are offered; all by default. */
  readonly isOffered?: ((backup: Backup) => boolean) | undefined;
}

/** The target of a command, or the backup that the user picks. */
export async function pickBackup(services: Services, target: Target, question: BackupQuestion): Promise<PickedBackup> {
  const [first] = target.backups;
  if (first !== undefined) return await findTarget(services, first);
  const project = await pickProject(services, target);
  return { project, backup: await pickBackupOf(project, question) };
}

/** The parts of a project that are needed to pick one of its backups. */
export interface BackedUpProject extends Pick<PickedProject, 'root' | 'name'> {
  readonly overview: Pick<Overview, 'backups' | 'storePath'>;
}

export async function pickBackupOf(project: BackedUpProject, question: BackupQuestion): Promise<Backup> {
  const offered = project.overview.backups.filter(question.isOffered ?? (() => true));
  if (offered.length === 0) throw noBackups(project);
  const now = new Date();
  const items = offered.map((backup) => backupItem(backup, now));
  const picked = await vscode.window.showQuickPick(items, {
    title: question.title,
    placeHolder: l10n.t('Select a backup'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) throw dismissed();
  return picked.backup;
}

/** All targets of a command, or the backup that the user picks. */
export async function pickBackups(
  services: Services,
  target: Target,
  question: BackupQuestion,
): Promise<readonly PickedBackup[]> {
  if (target.backups.length === 0) return [await pickBackup(services, target, question)];
  return await Promise.all(target.backups.map((backup) => findTarget(services, backup)));
}

/** The same without history states, for commands that need a file. */
export async function pickStoredBackups(
  services: Services,
  target: Target,
  question: BackupQuestion,
): Promise<readonly PickedBackup[]> {
  const picked = await pickBackups(services, target, question);
  const stored = picked.filter(({ backup }) => backup.history === undefined);
  if (stored.length === 0) throw noFile();
  return stored;
}

/** "before mark passing #12, 5 min ago", for sentences. History states get their full time, because many share an age. */
export function nameOfBackup(backup: Backup): string {
  if (backup.history !== undefined) return titleOfBackup(backup);
  return l10n.t('{0}, {1}', backupRow(backup).label, ago(backup.createdAt, new Date()));
}

/** "before mark passing #12, 25 Jan 2026, 14:46:00", for titles of tabs, which are not updated. */
export function titleOfBackup(backup: Backup): string {
  return l10n.t('{0}, {1}', backupRow(backup).label, dateTime(backup.createdAt));
}

export function dismissed(): BackupError {
  return new BackupError('Dismissed', { code: 'cancelled', operation: 'ask' });
}

/** The backup or history state with this id; throws if it no longer exists. */
export async function findTarget(services: Services, target: TargetBackup): Promise<PickedBackup> {
  const { root, id } = target;
  const state = services.projects.states.find((candidate) => candidate.root === root);
  const project = state === undefined ? await findElsewhere(services, { root, backups: [] }) : toPicked(state);
  if (project === undefined) throw missingBackup(id);
  const listed = project.overview.backups.find((candidate) => candidate.id === id);
  return { project, backup: listed ?? (await findUnlisted(services, target)) };
}

async function findUnlisted({ engine }: Services, { root, id }: TargetBackup): Promise<Backup> {
  const backup = await engine.call('findState', { root, id });
  if (backup === undefined) throw missingBackup(id);
  return backup;
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
  const branch = backup.metadata?.git?.branch;
  return {
    label: `$(${row.icon.id}) ${row.label}`,
    description: `${dayName(backup.createdAt, now)}, ${row.description}`,
    detail: plainLine(branch ? `$(git-branch) ${branch}  ${backup.id}` : backup.id),
    backup,
  };
}

function missingBackup(id: string): BackupError {
  return new BackupError(l10n.t('The backup no longer exists: {0}', id), {
    code: 'backup-not-found',
    operation: 'find the backup',
  });
}

function noFile(): BackupError {
  return new BackupError(l10n.t('A history state has no file'), {
    code: 'usage',
    operation: 'find the backup’s file',
    hint: l10n.t('You can open, compare or restore it.'),
  });
}

function noProject(reason: string | undefined): BackupError {
  return new BackupError(reason ?? l10n.t('No feature database found in this workspace'), {
    code: 'project-not-found',
    operation: 'find the project',
  });
}

function noBackups(project: BackedUpProject): BackupError {
  return new BackupError(l10n.t('No matching backup of “{0}”', project.name), {
    code: 'backup-not-found',
    operation: 'find the backup',
    path: project.overview.storePath,
  });
}
