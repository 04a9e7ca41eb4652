import { isRecord } from '../system/index.js';

/** The part of Node's `node:sqlite` used here; typed by hand, because the oldest supported Node lacks it. */
export interface SqliteModule {
  readonly DatabaseSync: new (
    path: string,
    options?: {
      readonly readOnly?: boolean;
      /** How long to wait for a lock. */
      readonly timeout?: number;
      readonly enableForeignKeyConstraints?: boolean;
    },
  ) => SqliteConnection;
  readonly backup: (
    source: SqliteConnection,
    destination: string,
    options?: { readonly rate?: number },
  ) => Promise<number>;
}

export interface SqliteConnection {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  all(...parameters: readonly (string | number)[]): readonly Record<string, unknown>[];
  get(...parameters: readonly (string | number)[]): Record<string, unknown> | undefined;
  iterate(...parameters: readonly (string | number)[]): Iterable<Record<string, unknown>>;
  run(...parameters: readonly (string | number)[]): unknown;
}

/**
 * Node's own SQLite, if this version of Node has the complete module (22.16 and later). Found at run time, so older
 * versions can load this file. Suppresses Node 22's warning that the module is experimental, which is irrelevant to
 * users.
 */
export function findNodeSqlite(): SqliteModule | undefined {
  // Versions before 22.3 and 20.16 lack the function.
  if (typeof process.getBuiltinModule !== 'function') return undefined;
  const sqlite: unknown = withoutExperimentalWarning(() => process.getBuiltinModule('node:sqlite'));
  return isSqliteModule(sqlite) ? sqlite : undefined;
}

function isSqliteModule(value: unknown): value is SqliteModule {
  return isRecord(value) && typeof value.DatabaseSync === 'function' && typeof value.backup === 'function';
}

/** The module warns only while it is loaded, which is synchronous. */
function withoutExperimentalWarning<T>(load: () => T): T {
  const own = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  if (own === undefined) return load();
  const warn = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite ')) return;
    Reflect.apply(warn, undefined, [warning, ...rest]);
  };
  try {
    return load();
  } finally {
    Object.defineProperty(process, 'emitWarning', own);
  }
}
