import { PRIVATE_MODE, removeQuietly, writeAll } from '../system/files/atomicWrite.js';
import { OPEN_FOR_READING } from '../system/files/readSmallFile.js';
import { readWhole } from '../system/files/readWhole.js';
import { sha256Of } from '../system/files/sha256.js';
import type { FileSystem } from '../system/ports.js';
import type { RecordHeader } from './segmentFormat.js';

/** The kept image, if it is that of this state. It only saves work: whatever is wrong with it, there is none. */
export function readBase(
  path: string,
  { imageBytes, sha256 }: Pick<RecordHeader, 'imageBytes' | 'sha256'>,
  files: FileSystem,
): Buffer | undefined {
  try {
    const descriptor = files.openSync(path, OPEN_FOR_READING);
    try {
      const stats = files.fstatSync(descriptor);
      if (!stats.isFile() || stats.size !== imageBytes) return undefined;
      const image = readWhole(descriptor, imageBytes, files);
      return image.length === imageBytes && sha256Of(image) === sha256 ? image : undefined;
    } finally {
      files.closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** Not synced: what is lost of it is rebuilt. */
export function writeBase(path: string, temporaryPath: string, image: Buffer, files: FileSystem): void {
  try {
    const descriptor = files.openSync(temporaryPath, 'wx', PRIVATE_MODE);
    try {
      writeAll(descriptor, image, files);
    } finally {
      files.closeSync(descriptor);
    }
    files.renameSync(temporaryPath, path);
  } catch {
    removeQuietly(temporaryPath, files);
  }
}
