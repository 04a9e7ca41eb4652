import { join } from 'node:path';
import { PRIVATE_MODE, withScratchFolder, type Ports } from '../system/index.js';
import { attemptSnapshot } from './attempt.js';
import type { SnapshotResult } from './snapshot.js';
import { concurrentWrite, type Inconsistency } from './inconsistency.js';
import { GrowingImage } from './growingImage.js';
import { findNodeSqlite, type SqliteModule } from './nodeSqlite.js';

/**
 * The last resort: SQLite's own backup, which takes real locks, into a private temporary file. Undefined if this
 * version of Node lacks it (before 22.16).
 */
export async function takeNativeBackup(
  path: string,
  ports: Ports,
  maxSizeBytes: number,
): Promise<SnapshotResult | Inconsistency | undefined> {
  const sqlite = findNodeSqlite();
  if (sqlite === undefined) return undefined;
  if (runningBackups.has(path)) return concurrentWrite('SQLite is already copying the database in this process');
  runningBackups.add(path);
  try {
    return await withScratchFolder({ purpose: 'snapshot' }, ports, async (folder) => {
      const copyPath = join(folder, 'snapshot.db');
      makePrivateFile(copyPath, ports);
      await copyWithLocks(sqlite, path, copyPath);
      const result = attemptSnapshot(copyPath, ports, new GrowingImage(maxSizeBytes, path));
      return 'inconsistency' in result ? result : { ...result, origin: 'sqlite', fingerprint: undefined };
    });
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    return { ...concurrentWrite('SQLite could not copy the database either'), cause: error };
  } finally {
    runningBackups.delete(path);
  }
}

/** While true, this process must not open and close any file of that database: that would release SQLite's locks. */
export function isBeingBackedUpNatively(path: string): boolean {
  return runningBackups.has(path);
}

const runningBackups = new Set<string>();

const BUSY_TIMEOUT_MS = 2000;
/** All pages in one step, because a write between two steps restarts the copy. */
const ALL_PAGES = 0x7fffffff;

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/** Read-only: a writable connection would roll back an interrupted transaction in the live file. */
async function copyWithLocks(sqlite: SqliteModule, path: string, copyPath: string): Promise<void> {
  const source = new sqlite.DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    await sqlite.backup(source, copyPath, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
}

/** Created here, because SQLite would create the file with the mode of the user's umask. */
function makePrivateFile(path: string, { files }: Ports): void {
  files.closeSync(files.openSync(path, 'wx', PRIVATE_MODE));
}
