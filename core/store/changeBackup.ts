import { BackupError, withStoreLock, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { findStoredBackup } from './catalog.js';
import { openStoreUnlisted, checkStore, type OpenStore } from './openStore.js';
import type { Backup } from './backup.js';

/**
 * Runs `change` on the current version of a listed backup under the store's lock. Throws `backup-not-found` if it no
 * longer exists, and `usage` for one that is not in the store but in the history or the vault.
 */
export async function changeBackup<T>(
  project: Project,
  backup: Backup,
  ports: Ports,
  change: (store: OpenStore, current: Backup) => T,
): Promise<T> {
  if (backup.history !== undefined) throw inHistory(backup);
  if (backup.isOnlyInVault) throw onlyInVault(backup);
  if (checkStore(project, ports) === 'missing') throw backupMissing(backup);
  return await withStoreLock(project.storePath, ports, (lock) => {
    const current = findStoredBackup(backup.id, project.storePath, ports);
    if (current === undefined) throw backupMissing(backup);
    return change(openStoreUnlisted(project, ports, lock), current);
  });
}

function backupMissing({ id, path }: Backup): BackupError {
  return new BackupError(`The backup ${id} is missing`, {
    code: 'backup-not-found',
    operation: 'find the backup',
    path,
    hint: 'Another process may have pruned it. List the backups again.',
  });
}

function inHistory({ id, path }: Backup): BackupError {
  return new BackupError(`${id} is in the history; individual states there cannot be pinned, changed or deleted`, {
    code: 'usage',
    operation: 'change the backup',
    path,
    hint: 'You can restore, compare and verify it. The setting "history.maxBytes" limits the size of the history.',
  });
}

function onlyInVault({ id, path }: Backup): BackupError {
  return new BackupError(`${id} is only in the vault; backups there cannot be pinned or changed`, {
    code: 'usage',
    operation: 'change the backup',
    path,
    hint: 'You can restore, compare, verify and delete it.',
  });
}
