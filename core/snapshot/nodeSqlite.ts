import { isRecord } from '../system/index.js';
/** The part of Node's `node:sqlite` that is used here; typed by hand, because the oldest supported Node lacks it. */
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
 * Node's own SQLite, where this Node has all of it (22.16 and newer). Asked for at run time, so that older versions can
 * load this file. Node 22 warns on standard error that the module is experimental: that says nothing to who backs up a
 * database, and is left out; every other warning passes.
 */
export function findNodeSqlite(): SqliteModule | undefined {
  // A capability probe: versions before 22.3 and 20.16 do not have the function at all.
  if (typeof process.getBuiltinModule !== 'function') return undefined;
  const found: unknown = withoutItsWarning(() => process.getBuiltinModule('node:sqlite'));
  return isSqliteModule(found) ? found : undefined;
}

function isSqliteModule(value: unknown): value is SqliteModule {
  return isRecord(value) && typeof value.DatabaseSync === 'function' && typeof value.backup === 'function';
}

/** The module warns while it is loaded, and only then; loading is synchronous. */
function withoutItsWarning<T>(load: () => T): T {
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
