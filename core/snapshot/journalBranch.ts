import type { Attempt } from './snapshot.js';
import { concurrentWrite, type Inconsistency } from './inconsistency.js';
import { observeWal } from './evidence.js';
import { FileWindow } from './fileWindow.js';
import { isSameFile, type OpenFiles } from './openFile.js';
import { checkContent } from './quietBranch.js';
import { isSameTransaction, JOURNAL_HEADER_BYTES, rollBack } from './rollbackJournal.js';
import { superJournalOf } from './superJournal.js';

/**
 * Rolls back the transaction that was running, or had been interrupted, when the database was read. The journal is read
 * later, so it contains the original of every page that had been written. In a transaction over several databases that
 * is already committed, nothing is rolled back.
 */
export function rollBackHotJournal(attempt: Attempt): Inconsistency | undefined {
  const { evidence, image, checks, files } = attempt;
  if (evidence.journal === undefined) throw new Error('The hot journal has no file');
  const window = new FileWindow(evidence.journal.file);
  const superJournal = superJournalOf(window);
  const isCommitted = superJournal !== undefined && !exists(superJournal, files);
  // The pages that were read before the commit may be older.
  const problem = isCommitted ? checkContent(attempt) : rollBack(image, window);
  const wasCommittedMeanwhile = superJournal !== undefined && !isCommitted && !exists(superJournal, files);
  const inconsistency = checks.journalIdentity ? checkTransaction(attempt) : undefined;
  return inconsistency ?? (wasCommittedMeanwhile ? concurrentWrite('the transaction was committed') : problem);
}

function exists(path: string, files: OpenFiles): boolean {
  return files.stampAt(path) !== undefined;
}

function checkTransaction({ evidence, files }: Attempt): Inconsistency | undefined {
  const { path, journal, database } = evidence;
  if (!isSameFile(journal?.stamp, files.stampAt(`${path}-journal`))) return concurrentWrite('the transaction ended');
  if (!journal || !isSameTransaction(journal.header, journal.file.readStart(JOURNAL_HEADER_BYTES))) {
    return concurrentWrite('another transaction began');
  }
  if (!isSameFile(database.stamp, files.stampAt(path))) return concurrentWrite('the database was replaced');
  const hasWal = (observeWal(files, path)?.stamp.sizeBytes ?? 0) > 0;
  return hasWal
    ? { inconsistency: 'a write-ahead log exists beside the journal', code: 'unreadable-journal' }
    : undefined;
}
