import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { isOrdinary, type Backup, type Catalog } from './backup.js';
import { changeBackup } from './changeBackup.js';
import { removeBackups } from './removeBackups.js';

export interface DeleteOptions {
  /** Deletes even a backup that is or may be pinned, and the only verified one. */
  readonly force?: boolean | undefined;
}

/**
 * Deletes one backup. Throws `backup-protected` for one that is or may be pinned, and for the only verified one, unless
 * forced.
 */
export async function deleteBackup(
  project: Project,
  backup: Backup,
  options: DeleteOptions,
  ports: Ports,
): Promise<Backup> {
  return await changeBackup(project, backup, ports, (store, current) => {
    if (options.force !== true) refuseProtected(store.catalog, current);
    const { problem } = removeBackups(store, [current]);
    if (problem !== undefined) throw problem;
    return current;
  });
}

/** Throws `backup-protected` for a backup that is or may be pinned, and for the only verified one of these. */
export function refuseProtected(catalog: Catalog, backup: Backup): void {
  const protection = protectionOf(catalog, backup);
  if (protection === undefined) return;
  throw new BackupError(`${backup.id} ${protection.why}`, {
    code: 'backup-protected',
    operation: 'delete the backup',
    path: backup.path,
    hint: protection.hint,
  });
}

function protectionOf(catalog: Catalog, backup: Backup): { readonly why: string; readonly hint: string } | undefined {
  if (backup.metadata?.pinned === true) return { why: 'is pinned', hint: 'Unpin it first.' };
  if (backup.metadataProblem !== undefined) {
    const why = `has metadata that cannot be read, so it may be pinned (${backup.metadataProblem.reason})`;
    return { why, hint: 'Make its metadata file readable or repair it, or force the deletion.' };
  }
  const good = catalog.backups.filter((other) => isOrdinary(other) && other.metadata?.verified?.ok === true);
  if (good.length === 1 && good[0]?.id === backup.id) {
    return { why: 'is the only verified backup', hint: 'Create or verify another backup first.' };
  }
  return undefined;
}
