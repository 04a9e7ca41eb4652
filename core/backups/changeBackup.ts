import { BackupError } from '../errors.js';
import { withStoreLock } from '../files/storeLock.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../ports.js';
import { openStore, type OpenStore } from './openStore.js';
import { checkStore } from './prepareStore.js';
import type { Backup } from './types.js';

/** Runs `change` on a listed backup as it is now, under the store's lock. Throws `backup-not-found` where it is gone. */
export async function changeBackup<T>(
  project: Project,
  backup: Backup,
  ports: Ports,
  change: (store: OpenStore, current: Backup) => T,
): Promise<T> {
  if (checkStore(project, ports) === 'missing') throw gone(backup);
  return await withStoreLock(project.storePath, ports, (lock) => {
    const store = openStore(project, ports, lock);
    const current = store.catalog.backups.find(({ id }) => id === backup.id);
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
