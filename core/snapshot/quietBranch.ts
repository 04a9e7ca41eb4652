import type { Attempt, Evidence } from './snapshot.js';
import { DATABASE_HEADER_BYTES } from './databaseHeader.js';
import { concurrentWrite, type Inconsistency } from './inconsistency.js';
import { hasHotJournal, isUnchanged, observeWal, readWalIndex } from './evidence.js';
import { isSameVersion } from './openFile.js';
import { hasSameBytes } from './readDatabase.js';
import { isBeingWritten } from './sqliteLocks.js';

/** Proves that a seemingly quiet database is quiet: reads it a second time and checks for signs of a change. */
export function verifyQuiet(attempt: Attempt): Inconsistency | undefined {
  const { evidence, ports, checks } = attempt;
  return (
    (checks.quietUnchanged ? checkSideFiles(attempt) : undefined) ??
    (checks.quietLockProbe && !isWalFormat(evidence) && isBeingWritten(evidence.database.stamp, ports.files)
      ? concurrentWrite('another process has the write lock')
      : undefined) ??
    (checks.quietSecondRead ? checkContent(attempt) : undefined) ??
    (checks.quietUnchanged ? (checkSideFiles(attempt) ?? checkDatabase(attempt)) : undefined)
  );
}

/**
 * A database of this format cannot be written with a journal in memory or without a journal: to leave WAL mode, SQLite
 * first changes these bytes, which `checkDatabase` compares at the end. Reading the system's slow list of locks is
 * therefore unnecessary.
 */
function isWalFormat({ database }: Evidence): boolean {
  return database.header[18] === WAL_FORMAT && database.header[19] === WAL_FORMAT;
}

/** "Database File Format", 1.3: the write version at byte 18, the read version at 19. */
const WAL_FORMAT = 2;

function checkSideFiles({ evidence, files }: Attempt): Inconsistency | undefined {
  if (!isUnchanged(evidence.wal, observeWal(files, evidence.path)))
    return concurrentWrite('the write-ahead log changed');
  if (hasHotJournal(files, evidence.path)) return concurrentWrite('a transaction began');
  return undefined;
}

/** Reads the database a second time. Opens the path again, because it may lead to another file by now. */
export function checkContent({ evidence, files, image, progress }: Attempt): Inconsistency | undefined {
  const again = files.open(evidence.path);
  return again && hasSameBytes(again, image.bytes, progress) ? undefined : concurrentWrite('the database changed');
}

function checkDatabase({ evidence, files }: Attempt): Inconsistency | undefined {
  const { database, path } = evidence;
  if (!database.file.readStart(DATABASE_HEADER_BYTES).equals(database.header))
    return concurrentWrite('a transaction ended');
  if (!isSameVersion(database.stamp, files.stampAt(path)))
    return concurrentWrite('the database was touched or replaced');
  return isSame(evidence.walIndex, readWalIndex(files, path)) ? undefined : concurrentWrite('the WAL index changed');
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}
