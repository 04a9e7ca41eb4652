import type { Project } from '../project/types.js';
import type { Ports } from '../ports.js';
import { changeBackup } from './changeBackup.js';
import { updateMetadata } from './metadataFile.js';
import type { Backup } from './types.js';

/** Keeps a backup from being pruned or deleted. */
export async function pin(project: Project, backup: Backup, ports: Ports): Promise<Backup> {
  return await setPinned(project, backup, true, ports);
}

export async function unpin(project: Project, backup: Backup, ports: Ports): Promise<Backup> {
  return await setPinned(project, backup, false, ports);
}

async function setPinned(project: Project, backup: Backup, pinned: boolean, ports: Ports): Promise<Backup> {
  return await changeBackup(project, backup, ports, (store, current) => {
    if (current.metadata?.pinned === pinned) return current;
    store.lock.assertHeld();
    return updateMetadata(project.storePath, current, (metadata) => ({ ...metadata, pinned }), ports);
  });
}
