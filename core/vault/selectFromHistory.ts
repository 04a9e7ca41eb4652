import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import {
  newestFirst,
  isOrdinary,
  isoWithOffset,
  isBudgetExceeded,
  selectBackup,
  type Backup,
  type Catalog,
} from '../store/index.js';
import { readAllBackups, readAllHistory } from './readVault.js';

/**
 * The one history state whose id begins with `selector`; undefined if none does. Throws `ambiguous-backup`. If no state
 * matches but part of the history is unreadable, throws that error, because the state may be in that part.
 */
export function selectFromHistory(project: Project, selector: string, ports: Ports): Backup | undefined {
  const { states, problems } = readAllHistory(project, ports);
  try {
    return selectBackup(catalogOf(project, states), selector);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'backup-not-found') throw error;
    const [problem] = problems;
    if (problem !== undefined) throw problem;
    return undefined;
  }
}

/**
 * The newest backup or history state made at or before this time, without emergency backups and those known to be
 * damaged. Throws `backup-not-found`, and the error that made the listing of the history incomplete.
 */
export function findBackupAt(project: Project, at: Date, ports: Ports): Backup {
  const { states, problems } = readAllHistory(project, ports);
  const incomplete = problems.find(isBudgetExceeded);
  if (incomplete !== undefined) throw incomplete;
  const backups = readAllBackups(project, ports).backups.filter(isOrdinary);
  const newest = [...backups, ...states]
    .filter(({ createdAt, metadata }) => createdAt <= at && metadata?.verified?.ok !== false)
    .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime() || newestFirst(one, other))
    .at(0);
  if (newest !== undefined) return newest;
  throw new BackupError(`No backup exists from ${isoWithOffset(at).slice(0, 19).replace('T', ' ')} or earlier`, {
    code: 'backup-not-found',
    operation: 'find a backup by time',
    path: project.storePath,
    hint: 'Run feature-backups list --history to see all history states.',
  });
}

function catalogOf({ storePath }: Project, states: readonly Backup[]): Catalog {
  return { storePath, backups: states, newest: undefined, totalSizeBytes: 0 };
}
