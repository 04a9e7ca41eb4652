import type { Dirent } from 'node:fs';
import { BackupError } from '../errors.js';
import type { FileSystem } from '../ports.js';

/** Ten times the files of a store with 10,000 backups. */
export const MAX_FOLDER_ENTRIES = 200_000;
/** The number of entries that one system call returns. */
const BUFFERED_ENTRIES = 1024;

/**
 * The names in an untrusted folder that match `isIncluded`. Throws `too-large` for a folder with more than `maxEntries`
 * entries, and every system error.
 */
export function readFolder(
  path: string,
  files: FileSystem,
  isIncluded: (entry: Dirent) => boolean,
  maxEntries: number = MAX_FOLDER_ENTRIES,
): string[] {
  const folder = files.opendirSync(path, { bufferSize: BUFFERED_ENTRIES });
  try {
    const names: string[] = [];
    let count = 0;
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      count += 1;
      if (count > maxEntries) throw tooManyEntries(path, maxEntries);
      if (isIncluded(entry)) names.push(entry.name);
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
    hint: 'Move files that do not belong there, then try again.',
  });
}
