import type { Ports } from '../../system/index.js';
import type { Project } from '../../project/index.js';
import { changeBackup, isoWithOffset, updateMetadata, type Backup, type DrillRecord } from '../../store/index.js';

/**
 * Records the result of a drill in a backup's metadata, and also as `verified`, because retention and `last-good` must
 * not rely on a backup that cannot be restored. Throws `backup-not-found` if the backup is missing.
 */
export async function recordDrill(
  project: Project,
  backup: Backup,
  { ok, reader }: Pick<DrillRecord, 'ok' | 'reader'>,
  ports: Ports,
): Promise<Backup> {
  return await changeBackup(project, backup, ports, (store, current) => {
    store.lock.assertHeld();
    const at = isoWithOffset(ports.now());
    const found = { verified: { at, check: 'integrity_check', ok }, drilled: { at, ok, reader } } as const;
    return updateMetadata(project.storePath, current, (metadata) => ({ ...metadata, ...found }), ports);
  });
}
