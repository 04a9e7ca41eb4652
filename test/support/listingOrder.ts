import type { Dir, Dirent } from 'node:fs';
import { realPorts, type FileSystem } from '../../core/system/ports.js';

/** The real file system, which lists folders in ascending or descending order: file systems use any order. */
export function filesListing(order: 'ascending' | 'descending'): FileSystem {
  const { files } = realPorts();
  const opendirSync: FileSystem['opendirSync'] = (...args) => {
    const folder = files.opendirSync(...args);
    const entries = entriesOf(folder).sort((one, other) => (one.name < other.name ? -1 : 1));
    if (order === 'descending') entries.reverse();
    folder.readSync = () => entries.shift() ?? null;
    return folder;
  };
  return { ...files, opendirSync };
}

function entriesOf(folder: Dir): Dirent[] {
  const entries: Dirent[] = [];
  for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) entries.push(entry);
  return entries;
}
