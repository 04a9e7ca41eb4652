import { basename, join } from 'node:path';
import {
  asBackupError,
  BackupError,
  systemErrorCode,
  NO_LINKS,
  removeQuietly,
  syncFolder,
  writeNewFile,
  copyLive,
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
 * Moves a backup that did not verify out of the catalog, with all its files and a note of why. Nothing is deleted: what
 * is left of it may be all that there is.
 *
 * The image moves last, by one rename, when all else lies in the quarantine already: so until then the backup is listed
 * as it was, and what a killed process has put there counts for nothing, as its image is missing, and is written again.
 * After it, its metadata in the store has no image any more, and the next run sweeps it.
 */
export function moveToQuarantine(store: OpenStore, backup: Backup, problems: readonly string[]): QuarantinedBackup {
  const { project, ports, lock } = store;
  const { files } = ports;
  const { storePath } = project;
  const folder = quarantinePath(storePath);
  try {
    makeFolder(storePath, files);
    const id = freeId(backup, new Set(readFolder(folder, files, () => true)));
    const target = join(folder, fileNameOf({ ...backup, id }));
    const at = ports.now();
    const note: QuarantineNote = { at: isoWithOffset(at), id: backup.id, problems };
    const companions = companionsOf(storePath, backup);
    lock.assertHeld();
    for (const path of companions) placeCopy(path, join(folder, id + basename(path).slice(backup.id.length)), files);
    replaceNote(notePath(storePath, id), note, files);
    syncFolder(folder, files);
    lock.assertHeld();
    files.renameSync(backup.path, target);
    for (const path of [folder, storePath]) syncFolder(path, files);
    // Where a crash while compressing left both forms, the other one is now the backup, and the metadata is its own.
    if (!hasOtherForm(store, backup)) for (const path of companions) removeQuietly(path, files);
    return { id, path: target, sizeBytes: backup.sizeBytes, at, problems };
  } catch (error) {
    throw asBackupError(error, 'move the damaged backup into the quarantine', backup.path);
  }
}

function makeFolder(storePath: string, files: FileSystem): void {
  const folder = quarantinePath(storePath);
  const stats = files.lstatSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) {
    throw new BackupError(`The quarantine ${folder} is not a folder`, {
      code: 'unsafe-store',
      operation: 'look at the quarantine',
      path: folder,
      hint: 'Move what is there out of the way; nothing is moved through a link.',
    });
  }
  files.mkdirSync(folder, { mode: 0o700 });
  syncFolder(storePath, files);
}

/** A name under which no image lies there yet, compressed or not. */
function freeId({ id }: Backup, names: ReadonlySet<string>): string {
  const isFree = (name: string): boolean => !names.has(`${name}.db`) && !names.has(`${name}.db.gz`);
  if (isFree(id)) return id;
  for (let number = 2; ; number += 1) {
    const numbered = `${id}-${number.toString()}`;
    if (isFree(numbered)) return numbered;
  }
}

function companionsOf(storePath: string, { id, kind }: Backup): readonly string[] {
  const sides = kind === 'emergency' ? SIDE_FILE_SUFFIXES.map((suffix) => sideFilePath(storePath, id, suffix)) : [];
  return [metadataPath(storePath, id), ...sides];
}

/** A second name for the same file where the file system has that, else a copy; over what a killed process left. */
function placeCopy(path: string, target: string, files: FileSystem): void {
  if (files.lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  removeQuietly(target, files);
  try {
    files.linkSync(path, target);
  } catch (error) {
    if (!NO_LINKS.has(systemErrorCode(error))) throw error;
    copyLive(path, target, files);
  }
}

function replaceNote(path: string, note: QuarantineNote, files: FileSystem): void {
  removeQuietly(path, files);
  writeNewFile(path, Buffer.from(`${JSON.stringify(note, null, 2)}\n`), files);
}

function hasOtherForm({ project, names }: OpenStore, { id, compressed }: Backup): boolean {
  const plain = imagePath(project.storePath, id);
  return names.has(basename(compressed ? plain : `${plain}.gz`));
}
