import { asBackupError, syncFolder, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { changeBackup } from './changeBackup.js';
import { updateMetadata } from './metadataFile.js';
import type { Backup } from './backup.js';

/** Protects a backup from pruning and deletion. */
export async function pin(project: Project, backup: Backup, ports: Ports): Promise<Backup> {
  return await setPinned(project, backup, true, ports);
}

export async function unpin(project: Project, backup: Backup, ports: Ports): Promise<Backup> {
  return await setPinned(project, backup, false, ports);
}

async function setPinned(project: Project, backup: Backup, pinned: boolean, ports: Ports): Promise<Backup> {
  return await changeBackup(project, backup, ports, (store, current) => {
    store.lock.assertHeld();
    const isSet = current.metadata?.pinned === pinned;
    const changed = isSet
      ? current
      : updateMetadata(project.storePath, current, (metadata) => ({ ...metadata, pinned }), ports);
    syncMetadata(project, ports);
    return changed;
  });
}

/** Also after no change: the process that set the pin may have been killed before it synced. */
function syncMetadata({ storePath }: Project, { files }: Ports): void {
  try {
    syncFolder(storePath, files);
  } catch (error) {
    throw asBackupError(error, 'sync the pin to disk', storePath);
  }
}
