import { BackupError, withStoreLock, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { backupCalled } from './catalog.js';
import { openStore, checkStore, type OpenStore } from './openStore.js';
import type { Backup } from './backup.js';

/**
 * Runs `change` on a listed backup as it is now, under the store's lock. Throws `backup-not-found` where it is gone, and
 * `usage` for a state of the history, which cannot be changed.
 */
export async function changeBackup<T>(
  project: Project,
  backup: Backup,
  ports: Ports,
  change: (store: OpenStore, current: Backup) => T,
): Promise<T> {
  if (backup.history !== undefined) throw inHistory(backup);
  if (checkStore(project, ports) === 'missing') throw gone(backup);
  return await withStoreLock(project.storePath, ports, (lock) => {
    const store = openStore(project, ports, lock);
    const current = backupCalled(backup.id, project.storePath, store.names, ports);
    if (current === undefined) throw gone(backup);
    return change(store, current);
  });
}

function gone({ id, path }: Backup): BackupError {
  return new BackupError(`The backup ${id} is gone`, {
    code: 'backup-not-found',
    operation: 'find the backup',
    path,
    hint: 'Another process may have pruned it; list the backups again.',
  });
}

function inHistory({ id, path }: Backup): BackupError {
  return new BackupError(`${id} is in the history, where states cannot be pinned, changed or deleted one by one`, {
    code: 'usage',
    operation: 'change the backup',
    path,
    hint: 'It can be restored, compared and verified. The history is bounded as a whole, by `history.maxBytes`.',
  });
}
