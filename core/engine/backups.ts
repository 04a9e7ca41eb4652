import { basename, dirname, join, resolve } from 'node:path';
import * as store from '../store/index.js';
import type { Backup, Catalog, DeleteOptions, Trigger } from '../store/index.js';
import { selectState } from '../history/index.js';
import { explainQuarantined } from '../verify/index.js';
import { realPorts, type Ports } from '../system/index.js';
import { locateProject, type ConfigurationLayer, type Project } from '../project/index.js';
import { createBackup, type AfterBackup, type BackUpOutcome } from '../backup/index.js';

/** A project, its folder, its database file, or undefined to look for it. */
export type ProjectReference = Project | string | undefined;

export interface EngineOptions {
  /** The surroundings; those of this process where they are left out. */
  readonly ports?: Partial<Ports> | undefined;
  /** Where relative paths start, and the search for a project; the working directory by default. */
  readonly cwd?: string | undefined;
  /** Settings over the project's own configuration. Not looked at for a `Project`, which has its configuration. */
  readonly overrides?: ConfigurationLayer | undefined;
}

/** Finds a project and reads its configuration. Throws `project-not-found`, `database-not-found`, `configuration`. */
export async function openProject(project?: ProjectReference, options: EngineOptions = {}): Promise<Project> {
  if (typeof project === 'object') return project;
  const { cwd = process.cwd(), overrides } = options;
  return await locateProject({ argument: project, cwd, overrides }, portsOf(options));
}

/**
 * Takes a consistent snapshot of the live database while others may be writing, checks it, stores it durably and prunes.
 * `unchanged`: the newest backup already holds this state. `damaged`: what there is was kept as an emergency backup.
 */
export async function backUp(
  project: ProjectReference,
  trigger: Trigger,
  options: EngineOptions & { readonly afterBackup?: AfterBackup | undefined } = {},
): Promise<BackUpOutcome> {
  const { afterBackup } = options;
  return await createBackup(await openProject(project, options), trigger, portsOf(options), { afterBackup });
}

/** All backups of a project, newest first; none where there is no store yet. */
export async function listBackups(project?: ProjectReference, options: EngineOptions = {}): Promise<Catalog> {
  const found = await openProject(project, options);
  const catalog = store.readCatalog(found, portsOf(options));
  store.warnOfUnknownMetadata(catalog.backups, portsOf(options));
  return catalog;
}

/** The one backup, or else state of the history, that a selector means. Throws `backup-not-found`, `ambiguous-backup` or `unsafe-name`. */
export async function findBackup(
  project: ProjectReference,
  selector: string,
  options: EngineOptions = {},
): Promise<Backup> {
  const found = await openProject(project, options);
  const name = nameOf(selector, found, options);
  try {
    return selectState(found, name, portsOf(options));
  } catch (error) {
    throw explainQuarantined(error, found, name, portsOf(options));
  }
}

/** A path into the store, as a shell completes it, names the backup there. */
function nameOf(selector: string, project: Project, { cwd = process.cwd() }: EngineOptions): string {
  const path = resolve(cwd, selector);
  const isInStore = [project.storePath, join(project.storePath, 'quarantine')].includes(dirname(path));
  return /[/\\]/.test(selector) && isInStore ? basename(path) : selector;
}

/** Protects a backup from retention. */
export async function pin(project: ProjectReference, selector: string, options: EngineOptions = {}): Promise<Backup> {
  return await withBackup(project, selector, options, store.pin);
}

/** Lets retention have a pinned backup again. */
export async function unpin(project: ProjectReference, selector: string, options: EngineOptions = {}): Promise<Backup> {
  return await withBackup(project, selector, options, store.unpin);
}

/** Deletes one backup. Throws `backup-protected` for a pinned one and for the only one that verified, unless forced. */
export async function deleteBackup(
  project: ProjectReference,
  selector: string,
  options: EngineOptions & DeleteOptions = {},
): Promise<Backup> {
  return await withBackup(project, selector, options, (found, backup, ports) =>
    store.deleteBackup(found, backup, options, ports),
  );
}

/** Opens the project and does the work in it, in the surroundings that were handed in. */
export async function inProject<T>(
  project: ProjectReference,
  options: EngineOptions,
  work: (project: Project, ports: Ports) => T | Promise<T>,
): Promise<T> {
  return await work(await openProject(project, options), portsOf(options));
}

/** The same with the one backup that a selector means. Throws as `findBackup` does. */
export async function withBackup<T>(
  project: ProjectReference,
  selector: string,
  options: EngineOptions,
  work: (project: Project, backup: Backup, ports: Ports) => T | Promise<T>,
): Promise<T> {
  const found = await openProject(project, options);
  return await work(found, await findBackup(found, selector, options), portsOf(options));
}

/** The surroundings that were handed in, over those of this process. */
export function portsOf({ ports }: EngineOptions): Ports {
  return { ...realPorts(), ...ports };
}
