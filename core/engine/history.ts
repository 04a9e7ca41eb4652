import * as history from '../history/index.js';
import type { History, HistoryVerification } from '../history/index.js';
import type { Backup } from '../store/index.js';
import { compareFeatures, type FeatureComparison } from '../database/index.js';
import * as git from '../git/index.js';
import type { BackedUpCommit, BackupOfCommit } from '../git/index.js';
import { inProject, findBackup, openProject, portsOf, type EngineOptions, type ProjectReference } from './backups.js';

/** One side of a comparison that is no backup. */
export const LIVE = 'live';

export interface Comparison {
  /** The backup's id, or `live`. */
  readonly from: string;
  readonly to: string;
  readonly comparison: FeatureComparison;
}

/** What it takes to get from one side to the other; each is a backup's selector or `live`, which is also the default. */
export async function compare(
  project: ProjectReference,
  from: string,
  to: string = LIVE,
  options: EngineOptions = {},
): Promise<Comparison> {
  const found = await openProject(project, options);
  const [before, after] = [await side(from), await side(to)];
  return { from: before.name, to: after.name, comparison: compareFeatures(before.features, after.features) };

  async function side(selector: string) {
    const backup = selector === LIVE ? undefined : await findBackup(found, selector, options);
    return await history.readComparisonSide(found, backup, portsOf(options));
  }
}

/** The states that were folded into the history, newest first, and what of it cannot be read. */
export async function listHistory(project?: ProjectReference, options: EngineOptions = {}): Promise<History> {
  return await inProject(project, options, history.listHistory);
}

/** The newest state, backup or in the history, made at that time or before it. Throws `backup-not-found`. */
export async function findBackupAt(project: ProjectReference, at: Date, options: EngineOptions = {}): Promise<Backup> {
  return await inProject(project, options, (found, ports) => history.findBackupAt(found, at, ports));
}

/** Rebuilds every state of the history and compares it with its SHA-256. What is damaged is a result, not an error. */
export async function verifyHistory(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<HistoryVerification> {
  return await inProject(project, options, history.verifyHistory);
}

/** The backlog as it was at a commit, by any name that git knows. Throws `usage` outside a repository, `backup-not-found`. */
export async function findBackupOfCommit(
  project: ProjectReference,
  commitIsh: string,
  options: EngineOptions = {},
): Promise<BackupOfCommit> {
  return await inProject(project, options, (found, ports) => git.findBackupOfCommit(found, commitIsh, ports));
}

/** The commits that a git hook has tied to a backup, the newest first. */
export async function listBackedUpCommits(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly BackedUpCommit[]> {
  return await inProject(project, options, git.listBackedUpCommits);
}
