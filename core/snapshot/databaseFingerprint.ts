import { asBackupError, BackupError, isNotFound, type Ports } from '../system/index.js';
import { gatherEvidence, toFingerprint } from './evidence.js';
import { isBeingBackedUpNatively } from './nativeBackup.js';
import { OpenFiles } from './openFile.js';
import type { DatabaseFingerprint } from './snapshot.js';

/** The current fingerprint of the live database's files; undefined without a database. Reads at most 300 bytes. */
export function readFingerprint(databasePath: string, ports: Ports): DatabaseFingerprint | undefined {
  const files = new OpenFiles(ports.files);
  try {
    const path = ports.files.realpathSync(databasePath);
    refuseDuringNativeBackup(path);
    const evidence = gatherEvidence(path, files, ports.now().getTime());
    return evidence && toFingerprint(evidence);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw asBackupError(error, 'read the database', databasePath);
  } finally {
    files.closeAll();
  }
}

/**
 * Whether nothing has been committed in between. False if that is uncertain: another write within the same clock tick
 * leaves the same times, so a state seen less than two seconds after a write proves nothing.
 */
export function isProvablyUnchanged(stored: DatabaseFingerprint, now: DatabaseFingerprint): boolean {
  return isOldEnough(stored) && isSameFingerprint(stored, now);
}

/** Like `isProvablyUnchanged`, but also for a recent state; only the content can then prove that nothing changed. */
export function isSameFingerprint(stored: DatabaseFingerprint, now: DatabaseFingerprint): boolean {
  return (
    hasSameHeaderSizeAndTime(stored, now) &&
    (stored.wal === null || now.wal === null
      ? stored.wal === now.wal
      : hasSameHeaderSizeAndTime(stored.wal, now.wal)) &&
    stored.walIndex === now.walIndex &&
    stored.hotJournal === now.hotJournal
  );
}

const MIN_AGE_NS = 2_000_000_000n;

type HeaderSizeAndTime = Pick<DatabaseFingerprint, 'header' | 'sizeBytes' | 'mtimeNs'>;

function isOldEnough({ mtimeNs, wal, observedAtMs }: DatabaseFingerprint): boolean {
  const latestTrustedNs = BigInt(Math.floor(observedAtMs)) * 1_000_000n - MIN_AGE_NS;
  return [mtimeNs, wal?.mtimeNs ?? '0'].every((timeNs) => /^\d+$/.test(timeNs) && BigInt(timeNs) <= latestTrustedNs);
}

function hasSameHeaderSizeAndTime(one: HeaderSizeAndTime, other: HeaderSizeAndTime): boolean {
  return one.header === other.header && one.sizeBytes === other.sizeBytes && one.mtimeNs === other.mtimeNs;
}

/** Closing a descriptor would release the locks that this process's own SQLite has on the file. */
function refuseDuringNativeBackup(path: string): void {
  if (!isBeingBackedUpNatively(path)) return;
  throw new BackupError(`${path} is currently being copied by SQLite in this process`, {
    code: 'database-busy',
    operation: 'read the database',
    path,
    hint: 'Try again in a moment.',
  });
}
