import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import {
  newestFirst,
  isOrdinary,
  readCatalog,
  isoWithOffset,
  isBudgetExceeded,
  selectBackup,
  type Backup,
  type Catalog,
} from '../store/index.js';
import { listHistory } from './listHistory.js';

/**
 * The one state of the history that is meant, by the id of the backup that it was or the start of it; undefined where
 * there is none. Throws `ambiguous-backup`; and, where some of the history cannot be read, what keeps it from being read,
 * because the state may have been there.
 */
export function selectFromHistory(project: Project, selector: string, ports: Ports): Backup | undefined {
  const { states, problems } = listHistory(project, ports);
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
 * The newest state, backup or in the history, that was made at this time or before it. What is known to be damaged does
 * not count, and an emergency backup neither. Throws `backup-not-found`, and what ended the listing of the history early:
 * the state may be among the others.
 */
export function findBackupAt(project: Project, at: Date, ports: Ports): Backup {
  const { states, problems } = listHistory(project, ports);
  const incomplete = problems.find(isBudgetExceeded);
  if (incomplete !== undefined) throw incomplete;
  const backups = readCatalog(project, ports).backups.filter(isOrdinary);
  const found = [...backups, ...states]
    .filter(({ createdAt, metadata }) => createdAt <= at && metadata?.verified?.ok !== false)
    .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime() || newestFirst(one, other))
    .at(0);
  if (found !== undefined) return found;
  throw new BackupError(`There is no backup from ${isoWithOffset(at).slice(0, 19).replace('T', ' ')} or before`, {
    code: 'backup-not-found',
    operation: 'find the backup of a time',
    path: project.storePath,
    hint: 'See `feature-backups list --history` for what there is.',
  });
}

function catalogOf({ storePath }: Project, states: readonly Backup[]): Catalog {
  return { storePath, backups: states, newest: undefined, totalSizeBytes: 0 };
}
