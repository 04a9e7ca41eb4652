import { basename, dirname, join } from 'node:path';
import { asBackupError, BackupError, isNotFound, syncFolder, type Ports } from '../system/index.js';
import { ASIDE, STAGED, versionIdentity, removeIfPresent } from './restoreFiles.js';

/**
 * Cleans up after an interrupted restore, under the store's lock; returns the names of the files that it left. Every
 * step of a swap leaves a complete database. Only side files may have to be moved: their names contain the identity of
 * their database file. If that is the live database, they become its side files; otherwise they are removed.
 */
export function cleanUpRestore(databasePath: string, ports: Ports): readonly string[] {
  const folder = dirname(databasePath);
  try {
    const names = leftovers(folder, basename(databasePath), ports);
    const unmatched = names.filter((name) => !moveAsideFileBack(databasePath, name, ports));
    // Moved files are synced before others are removed.
    if (unmatched.length < names.length) syncFolder(folder, ports.files);
    for (const name of unmatched) removeIfPresent(join(folder, name), ports);
    if (unmatched.length > 0) syncFolder(folder, ports.files);
    return names;
  } catch (error) {
    throw asBackupError(error, 'clean up after a restore', folder);
  }
}

/**
 * Cleans up after a killed restore before another command. A failure is only a warning: it must not prevent a backup.
 */
export function cleanUpRestoreOrWarn(databasePath: string, ports: Ports): void {
  try {
    cleanUpRestore(databasePath, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(error.message);
  }
}

/** Only regular files: a restore leaves no others, and anything else with such a name came with the project. */
function leftovers(folder: string, databaseName: string, ports: Ports): string[] {
  try {
    return ports.files
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .filter((name) => name.startsWith(`.${databaseName}`) && (STAGED.test(name) || ASIDE.test(name)));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** Moves a side file to the live database if it matches; false otherwise. */
function moveAsideFileBack(databasePath: string, name: string, ports: Ports): boolean {
  const match = ASIDE.exec(name);
  if (!match || match[2] !== versionIdentity(databasePath, ports)) return false;
  const sideFilePath = databasePath + (match[1] ?? '');
  // A new side file means that the database has been used since, so the old one no longer belongs to it.
  if (ports.files.statSync(sideFilePath, { throwIfNoEntry: false })) return false;
  ports.files.renameSync(join(dirname(databasePath), name), sideFilePath);
  return true;
}
