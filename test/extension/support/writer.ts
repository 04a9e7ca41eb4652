import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Writes in another process, as an agent does, and leaves the write-ahead log behind. */
export function write(root: string, sql: string): void {
  const script = `
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30)
connection.execute('PRAGMA journal_mode=WAL')
connection.executescript(sys.argv[2])
connection.commit()
os._exit(0)  # as a killed agent: nothing is checkpointed
`;
  execFileSync('python3', ['-c', script, databaseOf(root), sql]);
}

/** A number from the live database, read with Python's sqlite3. */
export function ask(root: string, sql: string): number {
  const script =
    'import sqlite3, sys\nprint(sqlite3.connect(sys.argv[1], timeout=30).execute(sys.argv[2]).fetchone()[0])';
  return Number(execFileSync('python3', ['-c', script, databaseOf(root), sql], { encoding: 'utf8' }));
}

export function databaseOf(root: string): string {
  const path = join(root, '.autoforge', 'features.db');
  return existsSync(join(root, '.autoforge')) ? path : join(root, 'features.db');
}
