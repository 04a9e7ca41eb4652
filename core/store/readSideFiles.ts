import { BackupError, sha256Of, type Ports } from '../system/index.js';
import { damagedBackup, readStoredFile } from './readStoredFile.js';
import { SIDE_FILE_SUFFIXES } from './storeFiles.js';
import type { Backup, SideFile, SideFileSuffix } from './types.js';

/** A `-wal` or `-journal`, which means something only beside its own database. */
export interface SideFileContent {
  readonly suffix: SideFileSuffix;
  readonly bytes: Buffer;
}

/**
 * The side files of a raw emergency backup: exactly those that its metadata lists, else whatever lies beside it. Throws
 * `backup-damaged` where one is not the regular file that was saved.
 */
export function readSideFiles(backup: Backup, ports: Ports): readonly SideFileContent[] {
  const listed = backup.metadata?.sideFiles;
  if (listed !== undefined) return listed.map((side) => readListed(backup, side, ports));
  return SIDE_FILE_SUFFIXES.flatMap((suffix) => {
    const bytes = readStoredFile(backup, suffix, ports);
    return bytes === undefined ? [] : [{ suffix, bytes }];
  });
}

/** What is wrong with the side files, in words; empty where they are what was saved. */
export function sideFileProblems(backup: Backup, ports: Ports): readonly string[] {
  try {
    readSideFiles(backup, ports);
    return [];
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-damaged') return [error.message];
    throw error;
  }
}

function readListed(backup: Backup, { suffix, sizeBytes, sha256 }: SideFile, ports: Ports): SideFileContent {
  const bytes = readStoredFile(backup, suffix, ports, sizeBytes);
  if (bytes === undefined || sha256Of(bytes) !== sha256) {
    throw damagedBackup(backup, `its ${suffix} file is missing or has changed since it was made`);
  }
  return { suffix, bytes };
}
