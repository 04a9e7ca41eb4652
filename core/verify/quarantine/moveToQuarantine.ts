import { basename, join } from 'node:path';
import {
  asBackupError,
  BackupError,
  systemErrorCode,
  NO_HARD_LINK_CODES,
  removeQuietly,
  syncFolder,
  writeNewFile,
  copyLiveFile,
  readFolder,
  type FileSystem,
} from '../../system/index.js';
import {
  isoWithOffset,
  imagePath,
  metadataPath,
  SIDE_FILE_SUFFIXES,
  sideFilePath,
  type OpenStore,
  type Backup,
} from '../../store/index.js';
import { fileNameOf, notePath, quarantinePath, type QuarantineNote } from './quarantineFiles.js';
import type { QuarantinedBackup } from './quarantinedBackup.js';

/**
 * Quarantines a backup with all its files and a note with the reason. Nothing is deleted, because even a damaged backup
 * can be the only one.
 *
 * The image moves last, by one rename: until then the backup stays listed, and a later attempt overwrites the files of
 * an interrupted one. The next run sweeps the metadata left in the store.
 */
export function moveToQuarantine(store: OpenStore, backup: Backup, problems: readonly string[]): QuarantinedBackup {
  const { project, ports, lock } = store;
  const { files } = ports;
  const { storePath } = project;
  const folder = quarantinePath(storePath);
  try {
    makeFolder(storePath, files);
    const id = unusedId(backup, new Set(readFolder(folder, files, () => true)));
    const target = join(folder, fileNameOf({ ...backup, id }));
    const at = ports.now();
    const note: QuarantineNote = { at: isoWithOffset(at), id: backup.id, problems };
    const accompanyingFiles = listAccompanyingFiles(storePath, backup);
    lock.assertHeld();
    for (const path of accompanyingFiles)
      linkOrCopy(path, join(folder, id + basename(path).slice(backup.id.length)), files);
    replaceNote(notePath(storePath, id), note, files);
    syncFolder(folder, files);
    lock.assertHeld();
    files.renameSync(backup.path, target);
    for (const path of [folder, storePath]) syncFolder(path, files);
    // After a crash during compression, the other file, compressed or not, is now the backup, and needs this metadata.
    if (!hasOtherFile(store, backup)) for (const path of accompanyingFiles) removeQuietly(path, files);
    return { id, path: target, sizeBytes: backup.sizeBytes, at, problems };
  } catch (error) {
    throw asBackupError(error, 'quarantine the damaged backup', backup.path);
  }
}

function makeFolder(storePath: string, files: FileSystem): void {
  const folder = quarantinePath(storePath);
  const stats = files.lstatSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) {
    throw new BackupError(`The quarantine ${folder} is not a folder`, {
      code: 'unsafe-store',
      operation: 'read the quarantine',
      path: folder,
      hint: 'Move it out of the store, then try again.',
    });
  }
  files.mkdirSync(folder, { mode: 0o700 });
  syncFolder(storePath, files);
}

/** A name without an image in the quarantine, compressed or not. */
function unusedId({ id }: Backup, names: ReadonlySet<string>): string {
  const isUnused = (name: string): boolean => !names.has(`${name}.db`) && !names.has(`${name}.db.gz`);
  if (isUnused(id)) return id;
  for (let number = 2; ; number += 1) {
    const numbered = `${id}-${number.toString()}`;
    if (isUnused(numbered)) return numbered;
  }
}

function listAccompanyingFiles(storePath: string, { id, kind }: Backup): readonly string[] {
  const sides = kind === 'emergency' ? SIDE_FILE_SUFFIXES.map((suffix) => sideFilePath(storePath, id, suffix)) : [];
  return [metadataPath(storePath, id), ...sides];
}

/** A hard link if the file system has them, else a copy; replaces the leftover of a killed process. */
function linkOrCopy(path: string, target: string, files: FileSystem): void {
  if (files.lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  removeQuietly(target, files);
  try {
    files.linkSync(path, target);
  } catch (error) {
    if (!NO_HARD_LINK_CODES.has(systemErrorCode(error))) throw error;
    copyLiveFile(path, target, files);
  }
}

function replaceNote(path: string, note: QuarantineNote, files: FileSystem): void {
  removeQuietly(path, files);
  writeNewFile(path, Buffer.from(`${JSON.stringify(note, null, 2)}\n`), files);
}

function hasOtherFile({ project, ports }: OpenStore, { id, compressed }: Backup): boolean {
  const plain = imagePath(project.storePath, id);
  const path = compressed ? plain : `${plain}.gz`;
  return ports.files.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
