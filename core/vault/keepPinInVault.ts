import type { Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { findStoredBackup, updateMetadata, type Backup } from '../store/index.js';
import { requestSync, warnOfVault } from './keepInVault.js';
import { vaultFoldersOf } from './vaultFolder.js';

/**
 * Pins or unpins the copies of a backup like the backup itself, at once, because the next command may delete the store.
 * The next sync copies missing backups and retries what failed here. Never throws: a failure is a warning.
 */
export function keepPinInVault(project: Project, backup: Backup, ports: Ports): void {
  let place = project.root;
  try {
    const folders = vaultFoldersOf(project, ports);
    for (const [index, folder] of folders.entries()) {
      place = folder;
      if (index === 0) requestSync(folder, ports);
      setPinned(folder, backup, ports);
    }
  } catch (error) {
    warnOfVault(error, place, 'The pin itself is set', ports);
  }
}

function setPinned(folder: string, { id, metadata: source }: Backup, ports: Ports): void {
  const copy = findStoredBackup(id, folder, ports);
  const pinned = source?.pinned === true;
  // An earlier folder may contain the backup of another project with this name.
  if (copy?.metadata === undefined || copy.metadata.sha256 !== source?.sha256) return;
  if (copy.metadata.pinned !== pinned) updateMetadata(folder, copy, (metadata) => ({ ...metadata, pinned }), ports);
}
