import { quoteName } from '../database/index.js';
import { BackupError } from '../system/index.js';
import type { SqliteConnection, SqliteModule } from '../snapshot/index.js';
import { isBusy } from './sqliteErrors.js';

export interface OnlineRows {
  readonly databasePath: string;
  /** A private, verified and self-contained database file in rollback mode. */
  readonly sourcePath: string;
  /** Only these features; undefined: every row of every table. */
  readonly featureIds?: readonly number[] | undefined;
  /**
   * Called inside the transaction, while no other process can write, to save the rows to be replaced. If it throws,
   * nothing is changed.
   */
  readonly saveLive: () => Promise<void>;
}

const BUSY_TIMEOUT_MS = 20_000;

/**
 * Replaces the rows of the live database in one SQLite transaction: other connections see all of it or none, and their
 * later writes are preserved. `false` without changes if the tables differ.
 */
export async function restoreRowsOnline(work: OnlineRows, sqlite: SqliteModule): Promise<boolean> {
  const live = new sqlite.DatabaseSync(work.databasePath, { enableForeignKeyConstraints: false });
  try {
    live.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    begin(live, work.databasePath);
    try {
      // Only now, so that the transaction writes one database: over two, its journal would name a super-journal.
      if (!attach(live, work.sourcePath)) return rollBack(live);
      if (!(work.featureIds ? canReplaceFeatures(live) : haveSameTables(live))) return rollBack(live);
      await work.saveLive();
      if (work.featureIds) replaceFeatures(live, work.featureIds);
      else replaceAllRows(live);
      commit(live, work.databasePath);
      return true;
    } catch (error) {
      rollBack(live);
      throw error;
    }
  } finally {
    live.close();
  }
}

/** False if the databases cannot be attached, for example because their text encodings differ. */
function attach(live: SqliteConnection, sourcePath: string): boolean {
  try {
    live.prepare('ATTACH DATABASE ? AS restored').run(sourcePath);
    return true;
  } catch (error) {
    if (isBusy(error)) throw error;
    return false;
  }
}

function begin(live: SqliteConnection, path: string): void {
  try {
    live.exec('BEGIN IMMEDIATE');
  } catch (error) {
    throw isBusy(error) ? busy(path, error) : error;
  }
}

function commit(live: SqliteConnection, path: string): void {
  try {
    live.exec('COMMIT');
  } catch (error) {
    throw isBusy(error) ? busy(path, error) : error;
  }
}

function rollBack(live: SqliteConnection): false {
  try {
    live.exec('ROLLBACK');
  } catch {
    // SQLite has already rolled back; closing the connection would do so too.
  }
  return false;
}

function busy(path: string, cause: unknown): BackupError {
  return new BackupError('Other processes kept the live database locked; nothing was changed', {
    code: 'database-busy',
    operation: 'restore into the live database',
    path,
    hint: 'Wait until they stop writing, or stop them, then try again.',
    cause,
  });
}

function selectSchema(database: 'main' | 'restored'): string {
  return `SELECT type, name, tbl_name, sql FROM ${database}.sqlite_schema ORDER BY type, name`;
}

/** Whether both have the same objects with the same statements, and copying the rows reproduces all of them. */
function haveSameTables(live: SqliteConnection): boolean {
  const objects = live.prepare(selectSchema('main')).all();
  if (JSON.stringify(objects) !== JSON.stringify(live.prepare(selectSchema('restored')).all())) return false;
  if (objects.some((entry) => entry.type === 'trigger' || /^create\s+virtual/i.test(asText(entry.sql)))) return false;
  return tablesOf(live).every((table) => columnsOf(live, 'main', table).every((column) => column.hidden === 0));
}

/** A trigger would change other rows too. */
function canReplaceFeatures(live: SqliteConnection): boolean {
  const triggers = live.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'trigger'").all();
  return triggers.length === 0 && commonColumns(live).includes('id');
}

function commonColumns(live: SqliteConnection): string[] {
  const restored = new Set(plainColumns(live, 'restored'));
  return plainColumns(live, 'main').filter((name) => restored.has(name));
}

function plainColumns(live: SqliteConnection, database: 'main' | 'restored'): string[] {
  return columnsOf(live, database, 'features')
    .filter((column) => column.hidden === 0)
    .map((column) => column.name);
}

interface Column {
  readonly name: string;
  readonly hidden: number;
}

function columnsOf(live: SqliteConnection, database: 'main' | 'restored', table: string): Column[] {
  const rows = live.prepare(`PRAGMA ${database}.table_xinfo(${quoteName(table)})`).all();
  return rows.map((row) => ({ name: asText(row.name), hidden: Number(row.hidden) }));
}

/** Includes `sqlite_sequence` and the statistics. */
function tablesOf(live: SqliteConnection): string[] {
  const rows = live.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all();
  const names = rows.map((row) => asText(row.name));
  // Last, because inserting rows changes the sequence.
  return names.sort((a, b) => Number(a === 'sqlite_sequence') - Number(b === 'sqlite_sequence'));
}

function replaceAllRows(live: SqliteConnection): void {
  for (const table of tablesOf(live)) {
    const name = quoteName(table);
    live.exec(`DELETE FROM main.${name}`);
    live.exec(`INSERT INTO main.${name} SELECT * FROM restored.${name}`);
    if (countRows(live, 'main', name) !== countRows(live, 'restored', name)) {
      throw new Error(`Table ${table} differs from the backup after copying`);
    }
  }
  for (const pragma of ['user_version', 'application_id']) {
    const value = live.prepare(`PRAGMA restored.${pragma}`).get()?.[pragma];
    live.exec(`PRAGMA main.${pragma} = ${Number(value)}`);
  }
}

function countRows(live: SqliteConnection, database: 'main' | 'restored', quotedTable: string): unknown {
  return live.prepare(`SELECT count(*) AS total FROM ${database}.${quotedTable}`).get()?.total;
}

/** Replaces the columns that both have; all other rows and tables remain unchanged. */
function replaceFeatures(live: SqliteConnection, ids: readonly number[]): void {
  const names = commonColumns(live).map(quoteName).join(', ');
  const update = live.prepare(
    `UPDATE main.features SET (${names}) = (SELECT ${names} FROM restored.features WHERE id = ?1) WHERE id = ?1`,
  );
  const insert = live.prepare(
    `INSERT INTO main.features (${names}) SELECT ${names} FROM restored.features
     WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM main.features WHERE id = ?1)`,
  );
  for (const id of ids) {
    update.run(id);
    insert.run(id);
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
