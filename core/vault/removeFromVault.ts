import { asBackupError, isNotFound, kindAt, removeQuietly, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { filesOf, imagePath, metadataPath, type Backup } from '../store/index.js';
import { vaultFoldersOf, readVaultOrWarn } from './vaultFolder.js';

/**
 * Deletes the copies of backups that the user has deleted or the retention policy has pruned. Not for archived backups:
 * the next sync removes those after it has copied the history. Throws if a copy cannot be deleted.
 */
export function removeFromVault(project: Project, backups: readonly Backup[], ports: Ports): void {
  if (backups.length === 0) return;
  for (const folder of vaultFoldersOf(project, ports)) {
    for (const path of backups.flatMap((backup) => filesOf(folder, backup))) {
      try {
        ports.files.unlinkSync(path);
      } catch (error) {
        if (!isNotFound(error)) throw asBackupError(error, 'delete the copy in the vault', path);
      }
    }
  }
}

/**
 * Deletes the links to a damaged image, which share its content. Copies stay: they can replace the image. A failure is a
 * warning, because the caller has already moved the image.
 */
export function removeLinksFromVault(project: Project, { id }: Backup, ports: Ports): void {
  readVaultOrWarn(undefined, ports, () => {
    for (const folder of vaultFoldersOf(project, ports)) {
      const path = imagePath(folder, id);
      removeQuietly(path, ports.files);
      if (kindAt(`${path}.gz`, ports) === 'nothing') removeQuietly(metadataPath(folder, id), ports.files);
    }
  });
}
