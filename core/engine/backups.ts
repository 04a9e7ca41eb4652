import { basename, dirname, join, resolve } from 'node:path';
import * as store from '../store/index.js';
import type { Backup, Catalog, DeleteOptions, Trigger } from '../store/index.js';
import { findSeenDatabase, seenDatabaseError } from '../projects/index.js';
import { findLostProject, lostProjectError } from '../replication/index.js';
import { keepPinInVault, openDeletedProject, readAllBackups, removeFromVault, selectState } from '../vault/index.js';
import { explainQuarantined } from '../verify/index.js';
import { BackupError, realPorts, type Ports } from '../system/index.js';
import { locateProject, possibleRoots, type ConfigurationLayer, type Project } from '../project/index.js';
import { createBackup, type AfterBackup, type BackUpOutcome } from '../backup/index.js';

/** A project, its folder, its database file, or undefined to search for it. */
export type ProjectReference = Project | string | undefined;

export interface EngineOptions {
  /** Defaults to the real ones of this process. */
  readonly ports?: Partial<Ports> | undefined;
  /** The base of relative paths and of the search for a project; the working directory by default. */
  readonly cwd?: string | undefined;
  /** Settings that override the project's configuration. Ignored for a `Project`, which contains its configuration. */
  readonly overrides?: ConfigurationLayer | undefined;
}

export interface OpenOptions extends EngineOptions {
  /** Also a project of which only copies in the vault are left, to restore one of them. */
  readonly includeDeleted?: boolean | undefined;
}

/** For functions that change what the vault and the targets must contain. */
export interface ChangeOptions extends EngineOptions {
  /** Called after the change; the caller waits for it. Must not throw. */
  readonly afterBackup?: AfterBackup | undefined;
}

/** Finds a project and reads its configuration. Throws `project-not-found`, `database-not-found`, `configuration`. */
export async function openProject(project?: ProjectReference, options: OpenOptions = {}): Promise<Project> {
  if (typeof project === 'object') return project;
  const { cwd = process.cwd(), overrides } = options;
  const search = { argument: project, cwd, overrides };
  const ports = portsOf(options);
  try {
    return await locateProject(search, ports);
  } catch (error) {
    if (!(error instanceof BackupError) || !ABSENT.has(error.code)) throw error;
    const roots = possibleRoots(search, ports);
    const deleted = options.includeDeleted === true ? await openDeletedProject(roots, ports, overrides) : undefined;
    if (deleted !== undefined) return deleted;
    const lost = findLostProject(roots, ports);
    if (lost !== undefined) throw lostProjectError(lost, error);
    const seen = findSeenDatabase(roots, ports);
    throw seen === undefined ? error : seenDatabaseError(seen, error);
  }
}

/** The codes for a folder with neither a database nor backups. */
export const ABSENT: ReadonlySet<string> = new Set(['project-not-found', 'database-not-found']);

/**
 * Takes a consistent snapshot of the live database while others may be writing, verifies it, stores it durably and
 * prunes. `unchanged`: the newest backup already matches. `damaged`: the database was stored as an emergency backup.
 */
export async function backUp(
  project: ProjectReference,
  trigger: Trigger,
  options: ChangeOptions = {},
): Promise<BackUpOutcome> {
  const { afterBackup } = options;
  return await createBackup(await openProject(project, options), trigger, portsOf(options), { afterBackup });
}

/** All backups of a project, newest first, including those that are only in the vault. */
export async function listBackups(project?: ProjectReference, options: EngineOptions = {}): Promise<Catalog> {
  const found = await openProject(project, { ...options, includeDeleted: true });
  const catalog = readAllBackups(found, portsOf(options));
  store.warnOfUnknownMetadata(catalog.backups, portsOf(options));
  return catalog;
}

/** The selected backup or history state. Throws `backup-not-found`, `ambiguous-backup` or `unsafe-name`. */
export async function findBackup(
  project: ProjectReference,
  selector: string,
  options: EngineOptions = {},
): Promise<Backup> {
  const found = await openProject(project, { ...options, includeDeleted: true });
  const name = nameOf(selector, found, options);
  try {
    return selectState(found, name, portsOf(options));
  } catch (error) {
    throw explainQuarantined(error, found, name, portsOf(options));
  }
}

/** Accepts a path into the store, as a shell completes it. */
function nameOf(selector: string, project: Project, { cwd = process.cwd() }: EngineOptions): string {
  const path = resolve(cwd, selector);
  const isInStore = [project.storePath, join(project.storePath, 'quarantine')].includes(dirname(path));
  return /[/\\]/.test(selector) && isInStore ? basename(path) : selector;
}

/** Protects a backup from retention. */
export async function pin(project: ProjectReference, selector: string, options: ChangeOptions = {}): Promise<Backup> {
  return await changePin(project, selector, options, store.pin);
}

/** Ends the protection of a pinned backup. */
export async function unpin(project: ProjectReference, selector: string, options: ChangeOptions = {}): Promise<Backup> {
  return await changePin(project, selector, options, store.unpin);
}

async function changePin(
  project: ProjectReference,
  selector: string,
  options: ChangeOptions,
  change: typeof store.pin,
): Promise<Backup> {
  return await withBackup(project, selector, options, async (found, backup, ports) => {
    const changed = await change(found, backup, ports);
    keepPinInVault(found, changed, ports);
    options.afterBackup?.(found, ports);
    return changed;
  });
}

/** Throws `backup-protected` for a pinned backup and for the only verified one, unless forced. */
export async function deleteBackup(
  project: ProjectReference,
  selector: string,
  options: EngineOptions & DeleteOptions = {},
): Promise<Backup> {
  return await withBackup(project, selector, options, async (found, backup, ports) => {
    if (backup.isOnlyInVault && options.force !== true) store.refuseProtected(readAllBackups(found, ports), backup);
    const deleted = backup.isOnlyInVault ? backup : await store.deleteBackup(found, backup, options, ports);
    removeFromVault(found, [deleted], ports);
    return deleted;
  });
}

/** Opens the project, which must not be deleted, and runs `work` with it. */
export async function inProject<T>(
  project: ProjectReference,
  options: EngineOptions,
  work: (project: Project, ports: Ports) => T | Promise<T>,
): Promise<T> {
  return await work(await openProject(project, options), portsOf(options));
}

/** Runs `work` with the backup that a selector names. Throws like `findBackup`. */
export async function withBackup<T>(
  project: ProjectReference,
  selector: string,
  options: EngineOptions,
  work: (project: Project, backup: Backup, ports: Ports) => T | Promise<T>,
): Promise<T> {
  const found = await openProject(project, { ...options, includeDeleted: true });
  return await work(found, await findBackup(found, selector, options), portsOf(options));
}

export function portsOf({ ports }: EngineOptions): Ports {
  return { ...realPorts(), ...ports };
}
