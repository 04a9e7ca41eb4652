import type { Ports } from '../../system/index.js';
import type { Project } from '../../project/index.js';
import { changeBackup, isoWithOffset, updateMetadata, type Backup, type DrillRecord } from '../../store/index.js';

/**
 * Writes into a backup's metadata what a drill found. It also says whether the backup verified: one that cannot be
 * restored is nothing that retention, or `last-good`, may count on. Throws `backup-not-found` where it is gone.
 */
export async function noteDrill(
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
