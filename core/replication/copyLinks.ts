import { basename, dirname, join } from 'node:path';
import { BackupError, kindAt, removeQuietly, syncFolder, withStoreLock, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { catalogOf, parseBackupName, readStoreNames, type Backup } from '../store/index.js';
import { SYNC_BEGUN_FILE, SYNC_PENDING_FILE } from '../vault/index.js';
import { folderTarget } from './folderTarget.js';
import { packBackup } from './packBackup.js';
import { imageName, metadataName } from './targetNames.js';

/** The backups in a folder of the vault that are only links to the images in a store. */
export function linksIn(folder: string, names: readonly string[], ports: Ports): readonly Backup[] {
  const ofLinks = names.filter((name) => parseBackupName(name)?.compressed !== true);
  return catalogOf(folder, ofLinks, ports).backups;
}

/**
 * Replaces the links in a vault folder with copies, for a project that was in the same folder before. Prunes nothing.
 * Links to damaged images stay.
 */
export async function copyLinks(project: Project, folder: string, ports: Ports): Promise<void> {
  if (kindAt(folder, ports) !== 'folder') return;
  await withStoreLock(folder, ports, async (lock) => {
    const target = folderTarget('vault', dirname(folder), ports).folder(basename(folder));
    for (const link of linksIn(folder, readStoreNames(folder, ports), ports)) {
      const packed = await packUnlessDamaged(project, link, ports);
      if (packed === undefined) continue;
      lock.assertHeld();
      await target.put([{ name: imageName(link.id), content: packed.content }]);
      await target.put([{ name: metadataName(link.id), content: Buffer.from(packed.copy.text) }]);
      removeQuietly(link.path, ports.files);
    }
    syncFolder(folder, ports.files);
    for (const name of [SYNC_PENDING_FILE, SYNC_BEGUN_FILE]) removeQuietly(join(folder, name), ports.files);
  });
}

async function packUnlessDamaged(project: Project, link: Backup, ports: Ports): ReturnType<typeof packBackup> {
  try {
    return await packBackup(project, link, ports);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-damaged') return undefined;
    throw error;
  }
}
