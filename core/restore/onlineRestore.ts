import { removeQuietly, type Ports } from '../system/index.js';
import type { SqliteModule } from '../snapshot/index.js';
import { copyDatabaseOnline } from './copyDatabaseOnline.js';
import { restoreRowsOnline } from './onlineRows.js';
import { asSqliteFailure, sqliteResultCode } from './sqliteErrors.js';
import { stageFile } from './stagedFiles.js';

export interface OnlineRestore {
  /** The real path, links resolved. */
  readonly databasePath: string;
  /** Verified and self-contained. */
  readonly image: Buffer;
  /** Only these features; undefined: all tables. */
  readonly featureIds?: readonly number[] | undefined;
  /** The live database fails SQLite's check: its rows must not be changed one by one. */
  readonly isDamaged: boolean;
  /**
   * Saves the database to be replaced. If `image` is given, it is the content of that database: writers are locked out,
   * and no file of the live database may be opened. Otherwise, take a snapshot.
   */
  readonly saveLive: (image: Buffer | undefined) => Promise<void>;
}

/**
 * SQLite itself writes the live database, which other processes may have open. Returns false if it cannot write only
 * these features.
 */
export async function restoreOnline(work: OnlineRestore, sqlite: SqliteModule, ports: Ports): Promise<boolean> {
  const staged = stageFile(work.databasePath, work.image, undefined, ports);
  try {
    if (!work.isDamaged && (await tryToRestoreRows(work, staged, sqlite, ports))) return true;
    if (work.featureIds) return false;
    await work.saveLive(undefined);
    await copyDatabaseOnline(work.databasePath, staged, sqlite);
    return true;
  } finally {
    for (const suffix of ['-journal', '-wal', '-shm', '']) removeQuietly(staged + suffix, ports.files);
  }
}

const CORRUPT = 11;

async function tryToRestoreRows(
  work: OnlineRestore,
  staged: string,
  sqlite: SqliteModule,
  ports: Ports,
): Promise<boolean> {
  const { databasePath, featureIds } = work;
  const saveLive = async (): Promise<void> => {
    await work.saveLive(await copyLockedDatabase(databasePath, sqlite, ports));
  };
  try {
    return await restoreRowsOnline({ databasePath, sourcePath: staged, featureIds, saveLive }, sqlite);
  } catch (error) {
    // A page contains damage that the check did not find; the transaction is rolled back.
    if (sqliteResultCode(error) === CORRUPT && !featureIds) return false;
    throw asSqliteFailure(error, 'restore into the live database', databasePath);
  }
}

/**
 * Copies the live database through a second SQLite connection while the first has it locked. A snapshot would release
 * that lock when it closes its descriptors.
 */
async function copyLockedDatabase(databasePath: string, sqlite: SqliteModule, ports: Ports): Promise<Buffer> {
  const copyPath = stageFile(databasePath, Buffer.alloc(0), undefined, ports);
  try {
    const reader = new sqlite.DatabaseSync(databasePath, { readOnly: true });
    try {
      await sqlite.backup(reader, copyPath, { rate: 2 ** 31 - 1 });
    } finally {
      reader.close();
    }
    return ports.files.readFileSync(copyPath);
  } finally {
    removeQuietly(copyPath, ports.files);
  }
}
