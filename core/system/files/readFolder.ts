import type { Dirent } from 'node:fs';
import { BackupError } from '../errors.js';
import type { FileSystem } from '../ports.js';

/** A store of 10,000 backups has a tenth of them. */
export const MAX_FOLDER_ENTRIES = 200_000;
/** As many entries as one call to the system returns. */
const BUFFERED_ENTRIES = 1024;

/**
 * The names in a folder that somebody else may have filled, as far as `isWanted` wants them. Throws `too-large` for a
 * folder with more than `maxEntries` entries, and every system error.
 */
export function readFolder(
  path: string,
  files: FileSystem,
  isWanted: (entry: Dirent) => boolean,
  maxEntries: number = MAX_FOLDER_ENTRIES,
): string[] {
  const folder = files.opendirSync(path, { bufferSize: BUFFERED_ENTRIES });
  try {
    const names: string[] = [];
    let count = 0;
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      count += 1;
      if (count > maxEntries) throw tooManyEntries(path, maxEntries);
      if (isWanted(entry)) names.push(entry.name);
    }
    return names;
  } finally {
    folder.closeSync();
  }
}

function tooManyEntries(path: string, maxEntries: number): BackupError {
  return new BackupError(`${path} contains more than ${maxEntries.toLocaleString('en')} files`, {
    code: 'too-large',
    operation: 'list a folder',
    path,
    hint: 'Move away what does not belong there, then run this again.',
  });
}
