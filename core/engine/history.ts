import * as history from '../history/index.js';
import type { History, HistoryVerification } from '../history/index.js';
import type { Backup } from '../store/index.js';
import { compareFeatures, type FeatureComparison } from '../database/index.js';
import * as vault from '../vault/index.js';
import * as git from '../git/index.js';
import type { BackedUpCommit, BackupOfCommit } from '../git/index.js';
import { inProject, findBackup, openProject, portsOf, type EngineOptions, type ProjectReference } from './backups.js';

/** Selects the live database in a comparison. */
export const LIVE = 'live';

export interface Comparison {
  /** The backup's id, or `live`. */
  readonly from: string;
  readonly to: string;
  readonly comparison: FeatureComparison;
}

/** The changes from one side to the other. Each is a backup's selector or `live`. */
export async function compare(
  project: ProjectReference,
  from: string,
  to: string = LIVE,
  options: EngineOptions = {},
): Promise<Comparison> {
  const found = await openProject(project, { ...options, includeDeleted: true });
  const [before, after] = [await side(from), await side(to)];
  return { from: before.name, to: after.name, comparison: compareFeatures(before.features, after.features) };

  async function side(selector: string) {
    const backup = selector === LIVE ? undefined : await findBackup(found, selector, options);
    return await vault.readComparisonSide(found, backup, portsOf(options));
  }
}

/** The history states, newest first, and the parts that cannot be read. */
export async function listHistory(project?: ProjectReference, options: EngineOptions = {}): Promise<History> {
  return vault.readAllHistory(await openProject(project, { ...options, includeDeleted: true }), portsOf(options));
}

/** The newest backup or history state at or before that time. Throws `backup-not-found`. */
export async function findBackupAt(project: ProjectReference, at: Date, options: EngineOptions = {}): Promise<Backup> {
  return vault.findBackupAt(await openProject(project, { ...options, includeDeleted: true }), at, portsOf(options));
}

/** Rebuilds every history state and compares it with its checksum. A damaged one is a result, not an error. */
export async function verifyHistory(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<HistoryVerification> {
  return await inProject(project, options, history.verifyHistory);
}

/** The backlog at a commit, by any name that git accepts. Throws `usage` outside a repository, or `backup-not-found`. */
export async function findBackupOfCommit(
  project: ProjectReference,
  commitIsh: string,
  options: EngineOptions = {},
): Promise<BackupOfCommit> {
  return await inProject(project, options, (found, ports) => git.findBackupOfCommit(found, commitIsh, ports));
}

/** The commits that are linked to a backup, newest first. */
export async function listBackedUpCommits(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly BackedUpCommit[]> {
  return await inProject(project, options, git.listBackedUpCommits);
}
