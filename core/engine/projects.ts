import { join, resolve } from 'node:path';
import { BackupError, userVaultFolder } from '../system/index.js';
import { findProject, realPath } from '../project/index.js';
import { connectedFiles } from '../agents/index.js';
import * as health from '../health/index.js';
import type { KnownHealth, ProjectHealth, ProjectSummary } from '../health/index.js';
import * as projects from '../projects/index.js';
import type { KnownProject, ProjectRecord, SeenDatabase } from '../projects/index.js';
import * as replication from '../replication/index.js';
import type { CopyCount, LostProject, VaultProject } from '../replication/index.js';
import * as schedule from '../schedule/index.js';
import type { JobRun } from '../schedule/index.js';
import { ABSENT, inProject, portsOf, type EngineOptions, type ProjectReference } from './backups.js';

/**
 * Every project of this user, each once: from AutoForge's registry, the configured folders, the workspaces open in
 * editors, and the records of earlier backups. Missing ones are included; an unreadable registry is a warning. Throws `configuration`.
 */
export async function listProjects(options: EngineOptions = {}): Promise<readonly KnownProject[]> {
  return await projects.listProjects(portsOf(options));
}

/**
 * What is recorded of the project in this folder, if its database and all its backups are missing. Undefined if nothing
 * is recorded. Throws `usage` if the project exists.
 */
export async function findLostProject(folder: string, options: EngineOptions = {}): Promise<LostProject | undefined> {
  const ports = portsOf(options);
  const root = resolve(options.cwd ?? process.cwd(), folder);
  try {
    await findProject(root, ports, options.overrides);
  } catch (error) {
    if (!(error instanceof BackupError) || !ABSENT.has(error.code)) throw error;
    return replication.findLostProject([root], ports);
  }
  throw new BackupError(`The project in ${root} is not missing: it has a database or backups`, {
    code: 'usage',
    operation: 'find the missing project',
    path: root,
    hint: 'Only a project whose database and backups were both deleted can be forgotten.',
  });
}

/** A database that was seen in this folder, and is missing without ever having been backed up. */
export function findSeenDatabase(folder: string, options: EngineOptions = {}): SeenDatabase | undefined {
  return projects.findSeenDatabase([resolve(options.cwd ?? process.cwd(), folder)], portsOf(options));
}

/**
 * Ends the report of a lost project; its copies in the vault expire after 30 days. False if nothing is recorded of it.
 * Throws `usage` if the project exists.
 */
export async function forgetProject(folder: string, options: EngineOptions = {}): Promise<boolean> {
  const lost = await findLostProject(folder, options);
  const ports = portsOf(options);
  const wasSeen = projects.forgetSeenDatabase(resolve(options.cwd ?? process.cwd(), folder), ports);
  if (lost === undefined) return wasSeen;
  const record = await projects.forgetProject(lost.root, portsOf(options));
  if (record !== undefined) replication.startExpiry(record.vaultKeys, portsOf(options));
  return record !== undefined;
}

/** The live database, the newest and last good backup, and the totals of the store. */
export async function projectSummary(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectSummary> {
  return await inProject(project, options, health.projectSummary);
}

/** The problems of a project, worst first, from its live database, its store and its jobs' last runs. */
export async function assess(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectHealth> {
  return await inProject(project, options, health.assess);
}

/** The problems of a known project, which may be missing or without a database. */
export async function assessKnown(known: KnownProject, options: EngineOptions = {}): Promise<KnownHealth> {
  return await health.assessKnown(known, portsOf(options), options.overrides);
}

/**
 * Runs the scheduled jobs of a project that have come due since their last run, each once, in one process per due time.
 * A failed job is a result, not an error.
 */
export async function runDueJobs(project?: ProjectReference, options: EngineOptions = {}): Promise<readonly JobRun[]> {
  return await inProject(project, options, schedule.runDueJobs);
}

/** When the next scheduled job is due; undefined if none is scheduled. */
export async function nextDue(project?: ProjectReference, options: EngineOptions = {}): Promise<Date | undefined> {
  return await inProject(project, options, schedule.nextDue);
}

/** The vault and the projects with copies in it. Undefined if the user has no home folder. */
export function listVault(
  options: EngineOptions = {},
): Promise<{ readonly vault: string; readonly projects: readonly VaultProject[] } | undefined> {
  return Promise.resolve().then(() => replication.readVaultProjects(portsOf(options)));
}

/** Deletes the copies of one project in the vault; `key`: the name of its folder there. */
export async function deleteFromVault(key: string, options: EngineOptions = {}): Promise<void> {
  const ports = portsOf(options);
  const vault = userVaultFolder(ports.environment);
  // A key becomes part of a path.
  if (vault !== undefined && projects.isProjectKey(key)) await replication.deleteVaultProject(join(vault, key), ports);
}

/** What the user's state folder records of a project. */
export interface RecordOfProject extends ProjectRecord {
  /** Paths of the settings files that `connect` changed. */
  readonly connections: readonly string[];
  /** The copies at each target, as of the last sync. */
  readonly targets: readonly CopyCount[];
  /** The number of backups in the vault. */
  readonly vaultCount: number;
}

/** Undefined if no backup of the project in this folder is recorded. */
export function readRecordOf(root: string, options: EngineOptions = {}): Promise<RecordOfProject | undefined> {
  return Promise.resolve().then(() => {
    const ports = portsOf(options);
    const record = projects.readProjectRecord(realPath(root, ports), ports);
    if (record === undefined) return undefined;
    const location = { root: record.roots[0], storePath: record.storePath };
    return {
      ...record,
      connections: connectedFiles(location, ports),
      targets: replication.readCopyCounts(location, ports),
      vaultCount: replication.countCopies(record, ports),
    };
  });
}
