import { systemOf } from '../system/index.js';
import type { Attempt } from './snapshot.js';
import { concurrentWrite, type Inconsistency } from './inconsistency.js';
import { hasHotJournal } from './evidence.js';
import { FileWindow } from './fileWindow.js';
import { isSameFile } from './openFile.js';
import { findCommittedFrames, overlayFrames, type CommittedFrames } from './walFrames.js';
import { WAL_HEADER_BYTES, frameCountInIndex, type WalHeader } from './walHeader.js';

export interface WalContent {
  readonly window: FileWindow;
  readonly committed: CommittedFrames;
}

/**
 * Applies the log to the database. A checkpoint can move frames into the database while it is read, but only frames of
 * this log, which is read later and cannot have restarted. Every page that may be torn is therefore replaced.
 */
export function applyWal(attempt: Attempt, header: WalHeader, early?: WalContent): Inconsistency | undefined {
  const { evidence, image, checks } = attempt;
  const { window, committed } = early ?? readWal(attempt, header);
  if (!overlayFrames(image, window, header, committed))
    return concurrentWrite('the write-ahead log changed while it was read');
  const inconsistency = checks.walGeneration ? checkGeneration(attempt) : undefined;
  if (inconsistency) return inconsistency;
  const isShort = frameCountInIndex(evidence.walIndex, header) > committed.frameCount;
  return isShort && !isIndexFromBeforeBoot(attempt) ? LOST_FRAMES : undefined;
}

/**
 * After a power failure, the index may refer to commits at the end of the log that were lost. SQLite rebuilds such an
 * index from the log. An index written since the system started is in use.
 */
function isIndexFromBeforeBoot({ evidence, files, ports }: Attempt): boolean {
  const stamp = files.stampAt(`${evidence.path}-shm`);
  const bootMs = ports.now().getTime() - systemOf(ports).uptimeMs();
  if (stamp === undefined) return false;
  const writtenMs = Number(stamp.mtimeNs / 1_000_000n);
  // A time in the future means that the clock was set back, and proves nothing.
  return writtenMs < bootMs || writtenMs > ports.now().getTime() + CLOCK_STEP_MS;
}

/** File systems round times. */
const CLOCK_STEP_MS = 2000;

// A commit reaches the log before the index, so this is not a race but damage.
const LOST_FRAMES: Inconsistency = {
  inconsistency: 'the write-ahead log has fewer commits than its index',
  code: 'database-damaged',
};

export function readWal({ evidence, checks }: Attempt, header: WalHeader): WalContent {
  if (evidence.wal === undefined) throw new Error('The write-ahead log has no file');
  const window = new FileWindow(evidence.wal.file);
  return { window, committed: findCommittedFrames(window, header, checks.walCommitBoundary) };
}

/** After the last read of the log: it must be the same file with the same salts, and the database the same file. */
function checkGeneration({ evidence, files }: Attempt): Inconsistency | undefined {
  const { path, wal, database } = evidence;
  if (!isSameFile(wal?.stamp, files.stampAt(`${path}-wal`))) return concurrentWrite('the write-ahead log was replaced');
  if (!wal?.file.readStart(WAL_HEADER_BYTES).equals(wal.header))
    return concurrentWrite('the write-ahead log was restarted');
  if (hasHotJournal(files, path)) return concurrentWrite('a rollback journal appeared');
  if (!isSameFile(database.stamp, files.stampAt(path))) return concurrentWrite('the database was replaced');
  return undefined;
}
