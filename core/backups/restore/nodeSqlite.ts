/** The part of Node's `node:sqlite` that a restore uses; typed here because the oldest supported Node lacks it. */
export interface SqliteConnection {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  all(...parameters: readonly (string | number)[]): readonly Record<string, unknown>[];
  get(...parameters: readonly (string | number)[]): Record<string, unknown> | undefined;
  run(...parameters: readonly (string | number)[]): unknown;
}

export interface SqliteModule {
  readonly DatabaseSync: new (
    path: string,
    options?: { readonly readOnly?: boolean; readonly enableForeignKeyConstraints?: boolean },
  ) => SqliteConnection;
  readonly backup: (
    source: SqliteConnection,
    destination: string,
    options?: { readonly rate?: number },
  ) => Promise<number>;
}

/** Present from Node 22.16 on; asked for at run time, so that older versions can load this file. */
export function findNodeSqlite(): SqliteModule | undefined {
  // A capability probe: versions before 22.3 and 20.16 do not have the function at all.
  const found: unknown =
    typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule('node:sqlite') : undefined;
  return isSqliteModule(found) ? found : undefined;
}

function isSqliteModule(value: unknown): value is SqliteModule {
  return (
    typeof value === 'object' &&
    value !== null &&
    'DatabaseSync' in value &&
    typeof value.DatabaseSync === 'function' &&
    'backup' in value &&
    typeof value.backup === 'function'
  );
}

/** SQLite's primary result code: 5 busy, 6 locked, 11 corrupt, 26 not a database; undefined for other errors. */
export function sqliteResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** Busy or locked; `backup()` reports busy as "not an error", code 0. */
export function isBusy(error: unknown): boolean {
  const code = sqliteResultCode(error);
  return code === 0 || code === 5 || code === 6 || (error instanceof Error && error.message.includes('not an error'));
}

/** A name as an SQL identifier, whatever stands in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
