import type { Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { HasBackup } from '../projects/index.js';
import { findStoredBackup, type Backup } from '../store/index.js';
import { listHistory } from './listHistory.js';

/** Whether the store contains a backup, as an image or as a history state. Reads the history at most once. */
export function backupFinder(project: Project, ports: Ports): HasBackup {
  let archived: readonly Backup[] | undefined;
  return ({ id, createdAt }) => {
    const isSame = (backup: Backup): boolean =>
      backup.id === id && backup.createdAt.getTime() === Date.parse(createdAt);
    const stored = findStoredBackup(id, project.storePath, ports);
    if (stored !== undefined) return isSame(stored);
    archived ??= listHistory(project, ports).states;
    return archived.some(isSame);
  };
}
