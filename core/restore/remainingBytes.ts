import { asBackupError, BackupError, type Ports } from '../system/index.js';
import {
  FileWindow,
  GrowingImage,
  OpenFiles,
  findCommittedFrames,
  overlayFrames,
  parseWalHeader,
  WAL_HEADER_BYTES,
} from '../snapshot/index.js';
import { tryToReadImage } from './examineLiveDatabase.js';

/**
 * As much of a damaged live database as can be read: a consistent snapshot, else the raw file with the committed frames
 * of its `-wal` applied. Undefined if no files exist.
 */
export async function readRemainingBytes(databasePath: string, ports: Ports): Promise<Buffer | undefined> {
  const snapshot = await tryToReadImage(databasePath, ports);
  if (!(snapshot instanceof BackupError)) return snapshot;
  const opened = new OpenFiles(ports.files);
  try {
    const image = new GrowingImage(MAX_SIZE_BYTES, databasePath);
    readRaw(databasePath, image, opened);
    overlayWal(databasePath, image, opened);
    return image.sizeBytes === 0 ? undefined : Buffer.from(image.bytes);
  } catch (error) {
    throw asBackupError(error, 'read what is left of the database', databasePath);
  } finally {
    opened.closeAll();
  }
}

const MAX_SIZE_BYTES = 2 ** 30;

function readRaw(path: string, image: GrowingImage, opened: OpenFiles): void {
  const database = opened.open(path);
  if (!database) return;
  const sizeBytes = Math.min(database.stamp().sizeBytes, MAX_SIZE_BYTES);
  image.start(sizeBytes);
  image.fill(sizeBytes, (target) => database.read(target, 0));
}

function overlayWal(path: string, image: GrowingImage, opened: OpenFiles): void {
  const wal = opened.open(`${path}-wal`);
  const header = wal && tryToParseWalHeader(wal.readStart(WAL_HEADER_BYTES), path);
  if (!header) return;
  const window = new FileWindow(wal);
  overlayFrames(image, window, header, findCommittedFrames(window, header));
}

/** Undefined also for a log of an unknown version; the database file is then used alone. */
function tryToParseWalHeader(bytes: Buffer, path: string): ReturnType<typeof parseWalHeader> {
  try {
    return parseWalHeader(bytes, path);
  } catch (error) {
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
