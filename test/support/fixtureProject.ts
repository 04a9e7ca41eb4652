import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type LiveFixture = '0-created' | '1-after-bulk-create' | '2-after-200-passing';

/** Copies a database, captured while its owner had it open with its write-ahead log, to a new project. */
export function copyFixture(name: LiveFixture, project: string): string {
  const from = fileURLToPath(new URL(`../fixtures/autoforge-live/${name}`, import.meta.url));
  cpSync(from, project, { recursive: true });
  return project;
}

/** Runs SQL with SQLite's own program, and returns its trimmed output. */
export function sqlite3(database: string, sql: string): string {
  const { status, stdout, stderr } = spawnSync('sqlite3', ['-batch', database, sql], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`sqlite3 ${database}: ${stderr}`);
  return stdout.trim();
}

/** "598|200": the number of features, and of passing ones, as SQLite counts them. */
export function countsBySqlite(database: string): string {
  return sqlite3(database, 'SELECT count(*), coalesce(sum(passes), 0) FROM features');
}
