import { BackupError, systemErrorCode, type Ports } from '../system/index.js';
import type { SnapshotResult, SnapshotOrigin, Evidence } from './snapshot.js';
import { ALL_CHECKS, type AttemptChecks } from './attemptChecks.js';
import { finishImage, refuseForeignHeader } from './databaseHeader.js';
import { concurrentWrite, type Inconsistency } from './inconsistency.js';
import { gatherEvidence, toFingerprint } from './evidence.js';
import { refuseTooLarge, type GrowingImage } from './growingImage.js';
import { rollBackHotJournal } from './journalBranch.js';
import { OpenFiles } from './openFile.js';
import { verifyQuiet } from './quietBranch.js';
import { readWithProgress } from './readDatabase.js';
import { isHotJournal } from './rollbackJournal.js';
import { readWal, applyWal } from './walBranch.js';
import { parseWalHeader } from './walHeader.js';

/**
 * Reads everything once, without locks, and proves that it is consistent; docs/snapshot.md explains the order of the
 * steps. `path` is the real path. The snapshot shares the memory of `image`. Throws errors that another attempt cannot
 * avoid.
 */
export function attemptSnapshot(
  path: string,
  ports: Ports,
  image: GrowingImage,
  checks: AttemptChecks = ALL_CHECKS,
): SnapshotResult | Inconsistency {
  const files = new OpenFiles(ports.files);
  try {
    const evidence = gatherEvidence(path, files, ports.now().getTime());
    if (evidence === undefined) return refuseMissing(path);
    return takeFromEvidence(evidence, files, ports, image, checks);
  } catch (error) {
    const inconsistency = asInconsistency(error);
    if (inconsistency === undefined) throw error;
    return inconsistency;
  } finally {
    files.closeAll();
  }
}

export function refuseMissing(path: string, cause?: unknown): never {
  throw new BackupError(`No database exists at ${path}`, {
    code: 'database-not-found',
    operation: 'open the database',
    path,
    hint: 'Check the path. If the database was deleted, restore the newest backup.',
    cause,
  });
}

function takeFromEvidence(
  evidence: Evidence,
  files: OpenFiles,
  ports: Ports,
  image: GrowingImage,
  checks: AttemptChecks,
): SnapshotResult | Inconsistency {
  const { path, database } = evidence;
  refuseTooLarge(database.stamp.sizeBytes, image.maxSizeBytes, path);
  const isHot = isHotJournal(evidence.journal?.header);
  const wal = evidence.wal && parseWalHeader(evidence.wal.header, evidence.wal.file.path);
  if (database.stamp.sizeBytes === 0 && !isHot) refuseEmpty(path);
  if (!isHot && !wal) refuseForeignHeader(database.header, path);

  const sizeBytes = (checks.sizeWhenRead ? database.file.stamp() : database.stamp).sizeBytes;
  image.start(sizeBytes + (wal ? expectedGrowthBytes(sizeBytes, evidence.wal.stamp.sizeBytes) : 0));
  const progress = { report: ports.onProgress, doneBytes: 0, totalBytes: 2 * sizeBytes };
  const attempt = { evidence, files, ports, image, checks, progress };

  const early = wal && !checks.walAfterDatabase ? readWal(attempt, wal) : undefined;
  if (!image.fill(sizeBytes, (target) => readWithProgress(database.file, target, progress))) {
    return concurrentWrite('the database shrank while it was read');
  }
  const origin: SnapshotOrigin = isHot ? 'journal' : wal ? 'wal' : 'quiet';
  const inconsistency = isHot
    ? rollBackHotJournal(attempt)
    : wal
      ? applyWal(attempt, wal, early)
      : verifyQuiet(attempt);
  if (inconsistency) return inconsistency;
  const pageSizeBytes = finishImage(image, path, isHot ? undefined : wal?.pageSizeBytes);
  if (typeof pageSizeBytes !== 'number') return pageSizeBytes;
  return { image: image.bytes, pageSizeBytes, origin, fingerprint: toFingerprint(evidence) };
}

/** A log contains mostly newer versions of existing pages. If the image grows more than this, it is copied once. */
function expectedGrowthBytes(sizeBytes: number, walSizeBytes: number): number {
  return Math.min(walSizeBytes, Math.max(sizeBytes / 8, 1024 * 1024));
}

function refuseEmpty(path: string): never {
  throw new BackupError(`${path} is empty: nothing was ever committed to it, or it was truncated`, {
    code: 'database-empty',
    operation: 'read the database',
    path,
    hint: 'If it contained features before, restore the newest backup.',
  });
}

/** Temporary errors: SQLite or a virus scanner has the file open, or a network file was replaced. */
function asInconsistency(error: unknown): Inconsistency | undefined {
  const systemCode = systemErrorCode(error) ?? '';
  const code = TEMPORARY_ERROR_CODES.get(systemCode);
  return code === undefined ? undefined : { inconsistency: `the system reported ${systemCode}`, code, cause: error };
}

const TEMPORARY_ERROR_CODES: ReadonlyMap<string, Inconsistency['code']> = new Map<string, Inconsistency['code']>([
  ['EBUSY', 'database-busy'],
  ['EAGAIN', 'database-busy'],
  ['ESTALE', 'database-busy'],
  ['EACCES', 'permission-denied'],
  ['EPERM', 'permission-denied'],
]);
