import { asBackupError, syncFolder, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { changeBackup } from './changeBackup.js';
import { updateMetadata } from './metadataFile.js';
import type { OpenStore } from './openStore.js';
import { recordEvent } from './recordEvent.js';
import type { Backup, Trigger } from './backup.js';

/** Protects a backup from pruning and deletion. */
export async function pin(project: Project, backup: Backup, ports: Ports): Promise<Backup> {
  return await setPinned(project, backup, true, ports);
}

export async function unpin(project: Project, backup: Backup, ports: Ports): Promise<Backup> {
  return await setPinned(project, backup, false, ports);
}

/** For a caller that holds the store's lock. Records why, as an event of the backup. */
export function pinUnderLock(store: OpenStore, backup: Backup, trigger: Trigger): Backup {
  const recorded = recordEvent(store, backup, trigger, undefined);
  store.lock.assertHeld();
  const { storePath } = store.project;
  return updateMetadata(storePath, recorded, (metadata) => ({ ...metadata, pinned: true }), store.ports);
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
