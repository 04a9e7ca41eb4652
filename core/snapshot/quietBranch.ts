import type { Attempt, Evidence } from './types.js';
import { DATABASE_HEADER_BYTES } from './databaseHeader.js';
import { race, type Doubt } from './doubt.js';
import { hasHotJournal, isUnchanged, observeWal, readWalIndex } from './evidence.js';
import { isSameVersion } from './openFile.js';
import { holdsSameBytes } from './readDatabase.js';
import { isBeingWritten } from './sqliteLocks.js';

/** Nothing seems to be written: proves it, by reading everything a second time and looking for any sign of a change. */
export function takeQuiet(attempt: Attempt): Doubt | undefined {
  const { evidence, ports, checks } = attempt;
  return (
    (checks.quietUnchanged ? doubtSideFiles(attempt) : undefined) ??
    (checks.quietLockProbe && !isWalFormat(evidence) && isBeingWritten(evidence.database.stamp, ports.files)
      ? race('somebody holds the lock for writing')
      : undefined) ??
    (checks.quietSecondRead ? doubtContent(attempt) : undefined) ??
    (checks.quietUnchanged ? (doubtSideFiles(attempt) ?? doubtDatabase(attempt)) : undefined)
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

function doubtSideFiles({ evidence, files }: Attempt): Doubt | undefined {
  if (!isUnchanged(evidence.wal, observeWal(files, evidence.path))) return race('the write-ahead log changed');
  if (hasHotJournal(files, evidence.path)) return race('a transaction began');
  return undefined;
}

/** Through a descriptor of its own: the path may lead elsewhere by now. */
function doubtContent({ evidence, files, image, progress }: Attempt): Doubt | undefined {
  const again = files.open(evidence.path);
  return again && holdsSameBytes(again, image.bytes, progress) ? undefined : race('the database changed');
}

function doubtDatabase({ evidence, files }: Attempt): Doubt | undefined {
  const { database, path } = evidence;
  if (!database.file.readStart(DATABASE_HEADER_BYTES).equals(database.header)) return race('a transaction ended');
  if (!isSameVersion(database.stamp, files.stampAt(path))) return race('the database was touched or replaced');
  return isSame(evidence.walIndex, readWalIndex(files, path)) ? undefined : race('the WAL index changed');
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}
