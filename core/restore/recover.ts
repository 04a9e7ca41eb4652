import { basename, dirname, join } from 'node:path';
import { asBackupError, isNotFound, syncFolder, type Ports } from '../system/index.js';
import { ASIDE, STAGED, identityOf, removeIfThere } from './stagedFiles.js';

/**
 * Clears up after a restore that died, under the store's lock; returns the names it dealt with. There is nothing to
 * finish or roll back, since every step of a swap leaves a whole database, but for one case: side files that were set
 * aside, or wait to be put in place, say in their name which database file they belong to. If that is the live one,
 * they go to it; if not, its time is over and they go.
 */
export function recoverRestore(databasePath: string, ports: Ports): readonly string[] {
  const folder = dirname(databasePath);
  try {
    const names = leftovers(folder, basename(databasePath), ports);
    const useless = names.filter((name) => !recoverAsideFile(databasePath, name, ports));
    // What is put in place is on the disk before anything goes.
    if (useless.length < names.length) syncFolder(folder, ports.files);
    for (const name of useless) removeIfThere(join(folder, name), ports);
    if (useless.length > 0) syncFolder(folder, ports.files);
    return names;
  } catch (error) {
    throw asBackupError(error, 'clear up what a restore has left', folder);
  }
}

/** Only regular files: a restore leaves no others, and what else has such a name came with the project. */
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

/** Puts a side file in place if it belongs to the live database as it is; false where it does not. */
function recoverAsideFile(databasePath: string, name: string, ports: Ports): boolean {
  const match = ASIDE.exec(name);
  if (!match || match[2] !== identityOf(databasePath, ports)) return false;
  const place = databasePath + (match[1] ?? '');
  // Where there is a new one, somebody has worked on the database since, and the old one no longer fits.
  if (ports.files.statSync(place, { throwIfNoEntry: false })) return false;
  ports.files.renameSync(join(dirname(databasePath), name), place);
  return true;
}
