import {
  PRIVATE_MODE,
  removeQuietly,
  writeAll,
  OPEN_FOR_READING,
  readWhole,
  sha256Of,
  type FileSystem,
} from '../system/index.js';
import type { RecordHeader } from './segmentFormat.js';

/**
 * The stored base image, if it matches this state. It only saves work, so a base image that cannot be read counts as
 * missing.
 */
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

/** Not synced: a lost base image can be rebuilt. */
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
