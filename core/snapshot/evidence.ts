import type { ObservedFile, Evidence, DatabaseFingerprint } from './snapshot.js';
import { DATABASE_HEADER_BYTES } from './databaseHeader.js';
import { isSameVersion, type OpenFiles } from './openFile.js';
import { isHotJournal, JOURNAL_HEADER_BYTES } from './rollbackJournal.js';
import { WAL_HEADER_BYTES, WAL_INDEX_HEADER_BYTES } from './walHeader.js';

/** Undefined without a database. The proof in docs/snapshot.md depends on the order of the reads. */
export function gatherEvidence(path: string, files: OpenFiles, observedAtMs: number): Evidence | undefined {
  const database = observe(files, path, DATABASE_HEADER_BYTES);
  if (database === undefined) return undefined;
  const walIndex = readWalIndex(files, path);
  const wal = observeWal(files, path);
  const journal = observeJournal(files, path);
  return { path, database, walIndex, wal, journal, observedAtMs };
}

export function observeWal(files: OpenFiles, path: string): ObservedFile | undefined {
  return observe(files, `${path}-wal`, WAL_HEADER_BYTES);
}

export function observeJournal(files: OpenFiles, path: string): ObservedFile | undefined {
  return observe(files, `${path}-journal`, JOURNAL_HEADER_BYTES);
}

export function hasHotJournal(files: OpenFiles, path: string): boolean {
  return isHotJournal(observeJournal(files, path)?.header);
}

export function readWalIndex(files: OpenFiles, path: string): Buffer | undefined {
  return files.open(`${path}-shm`)?.readStart(WAL_INDEX_HEADER_BYTES);
}

export function isUnchanged(before: ObservedFile | undefined, now: ObservedFile | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  return isSameVersion(before.stamp, now.stamp) && before.header.equals(now.header);
}

export function toFingerprint({ database, wal, walIndex, journal, observedAtMs }: Evidence): DatabaseFingerprint {
  return {
    ...headerSizeAndTime(database),
    wal: wal ? headerSizeAndTime(wal) : null,
    walIndex: walIndex?.toString('hex') ?? null,
    hotJournal: isHotJournal(journal?.header),
    observedAtMs,
  };
}

function observe(files: OpenFiles, path: string, headerBytes: number): ObservedFile | undefined {
  const file = files.open(path);
  return file && { file, header: file.readStart(headerBytes), stamp: file.stamp() };
}

function headerSizeAndTime({ header, stamp }: ObservedFile): { header: string; sizeBytes: number; mtimeNs: string } {
  return { header: header.toString('hex'), sizeBytes: stamp.sizeBytes, mtimeNs: String(stamp.mtimeNs) };
}
