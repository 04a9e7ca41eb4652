import type { Attempt, Evidence } from './snapshot.js';
import { DATABASE_HEADER_BYTES } from './databaseHeader.js';
import { concurrentWrite, type Inconsistency } from './inconsistency.js';
import { hasHotJournal, isUnchanged, observeWal, readWalIndex } from './evidence.js';
import { isSameVersion } from './openFile.js';
import { holdsSameBytes } from './readDatabase.js';
import { isBeingWritten } from './sqliteLocks.js';

/** Nothing seems to be written: proves it, by reading everything a second time and looking for any sign of a change. */
export function takeQuiet(attempt: Attempt): Inconsistency | undefined {
  const { evidence, ports, checks } = attempt;
  return (
    (checks.quietUnchanged ? checkSideFiles(attempt) : undefined) ??
    (checks.quietLockProbe && !isWalFormat(evidence) && isBeingWritten(evidence.database.stamp, ports.files)
      ? concurrentWrite('somebody holds the lock for writing')
      : undefined) ??
    (checks.quietSecondRead ? checkContent(attempt) : undefined) ??
    (checks.quietUnchanged ? (checkSideFiles(attempt) ?? checkDatabase(attempt)) : undefined)
  );
}

/**
 * Nobody writes a database of this format with its journal in memory or without any: to leave write-ahead logging SQLite
 * changes these bytes first, and `doubtDatabase` looks at them again at the end. So there is no need to ask for the
 * system's locks, which takes Linux longer than all the rest.
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

/** Through a descriptor of its own: the path may lead elsewhere by now. */
function checkContent({ evidence, files, image, progress }: Attempt): Inconsistency | undefined {
  const again = files.open(evidence.path);
  return again && holdsSameBytes(again, image.bytes, progress) ? undefined : concurrentWrite('the database changed');
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
