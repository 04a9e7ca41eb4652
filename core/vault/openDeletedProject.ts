import type { Ports } from '../system/index.js';
import { realPath, resolveDeletedProject, type ConfigurationLayer, type Project } from '../project/index.js';
import { parseBackupName, readStoreNames } from '../store/index.js';
import { segmentNumber } from '../history/index.js';
import { readProjectRecord } from '../projects/index.js';
import { vaultFolder } from './vaultFolder.js';

/**
 * Opens the first of these folders whose project was deleted but has copies in the vault. For a caller that found
 * neither a database nor a backup in any of them.
 */
export async function openDeletedProject(
  folders: readonly string[],
  ports: Ports,
  overrides?: ConfigurationLayer,
): Promise<Project | undefined> {
  for (const folder of folders) {
    const record = readProjectRecord(realPath(folder, ports), ports);
    if (record === undefined) continue;
    const { databasePath, storePath } = record;
    const project = await resolveDeletedProject({ root: record.roots[0], databasePath, storePath }, ports, overrides);
    if (record.vaultKeys.some((key) => hasCopies(project, key, ports))) return project;
  }
  return undefined;
}

function hasCopies(project: Project, key: string, ports: Ports): boolean {
  const folder = vaultFolder(project, key, ports);
  if (folder === undefined) return false;
  return readStoreNames(folder, ports).some(
    (name) => parseBackupName(name) !== undefined || segmentNumber(name) !== undefined,
  );
}
