import { basename, join } from 'node:path';
import { writeNewFile, type Ports } from '../system/index.js';
import { findStoredBackup, metadataPath, numberedId, type Backup } from '../store/index.js';

/** Renames a copy in the vault to the next free number of its second, because a newer backup has its name. */
export function renumberCopy(copy: Backup, folder: string, ports: Ports): void {
  const { files } = ports;
  const id = unusedId(copy, folder, ports);
  const metadata = metadataPath(folder, copy.id);
  // The metadata first: a copy counts only with it.
  writeNewFile(metadataPath(folder, id), files.readFileSync(metadata), files);
  files.renameSync(copy.path, join(folder, id + basename(copy.path).slice(copy.id.length)));
  files.unlinkSync(metadata);
}

function unusedId({ id }: Backup, folder: string, ports: Ports): string {
  for (let number = 2; ; number += 1) {
    const numbered = numberedId(id, number);
    const isUsed = ports.files.lstatSync(metadataPath(folder, numbered), { throwIfNoEntry: false }) !== undefined;
    if (!isUsed && findStoredBackup(numbered, folder, ports) === undefined) return numbered;
  }
}
