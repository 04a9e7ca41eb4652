import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { once } from 'node:events';

export interface FeatureDatabaseSpec {
  readonly features: number;
  readonly passing: number;
  readonly journalMode?: 'wal' | 'delete' | 'truncate' | 'persist';
  /**
   * How the writer ends. `clean`: it closes the database. `wal`: it dies with everything after the first row only in the
   * `-wal`. `hot-journal`: it dies in the middle of a transaction that has already reached the file. `damaged-wal`: like
   * `wal`, and an index lacks most of its rows.
   */
  readonly leave?: 'clean' | 'wal' | 'hot-journal' | 'damaged-wal';
}

/** Creates a feature database like AutoForge's with Python's SQLite. */
export function makeFeatureDatabase(path: string, spec: FeatureDatabaseSpec): void {
  mkdirSync(dirname(path), { recursive: true });
  const { features, passing, journalMode = 'wal', leave = 'clean' } = spec;
  runPython(MAKE, [path, JSON.stringify({ features, passing, journalMode, leave })]);
}

export interface DatabaseContent {
  readonly integrity: string;
  readonly features: number;
  readonly passing: number;
  /** A hash over all rows of all tables. */
  readonly digest: string;
}

/** Lets SQLite read copies of databases. SQLite opens, and so recovers, each one in place. */
export function readDatabases(paths: readonly string[]): (DatabaseContent | { readonly error: string })[] {
  return JSON.parse(runPython(READ, paths)) as (DatabaseContent | { readonly error: string })[];
}

/** The same with one long-running process, for tests that read hundreds. */
export async function startDatabaseReader(): Promise<DatabaseReader> {
  const reader = await startPython(`${READ_FUNCTION}\nprint('ready')\n${READ_LOOP}`, []);
  return {
    read: async (path) => JSON.parse(await reader.ask(path)) as DatabaseContent | { readonly error: string },
    stop: async () => await reader.stop(),
  };
}

export interface DatabaseReader {
  read(path: string): Promise<DatabaseContent | { readonly error: string }>;
  stop(): Promise<void>;
}

export function readDatabase(path: string): DatabaseContent {
  const [content] = readDatabases([path]);
  if (content === undefined || 'error' in content) throw new Error(`${path}: ${content?.error ?? 'nothing read'}`);
  return content;
}

/** Adds random bytes, which cannot be compressed, or replaces those of an earlier call. */
export function fillWithNoise(path: string, bytes: number): void {
  runPython(FILL_WITH_NOISE, [path, String(bytes)]);
}

let executable: string | undefined;

/** The interpreter itself: a version manager's wrapper starts more slowly. */
function python(): string {
  executable ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  return executable;
}

export function runPython(program: string, args: readonly string[] = []): string {
  return execFileSync(python(), ['-I', '-S', '-c', program, ...args], { encoding: 'utf8' });
}

/** A long-running Python process; `ready` is its first line. */
export interface PythonProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Sends a line and waits for the reply. */
  ask(line: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startPython(program: string, args: readonly string[]): Promise<PythonProcess> {
  const child = spawn(python(), ['-I', '-S', '-u', '-c', program, ...args]);
  let pending = '';
  const waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void }[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (pending + chunk.toString()).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) waiting.shift()?.resolve(line);
  });
  child.once('exit', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`The Python process ended: ${errors}`));
  });
  const nextLine = async (): Promise<string> =>
    await new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  await nextLine();
  return {
    child,
    ask: async (line) => {
      const answer = nextLine();
      child.stdin.write(`${line}\n`);
      return await answer;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const SCHEMA = `
SCHEMA = '''
CREATE TABLE features (
  id INTEGER NOT NULL PRIMARY KEY, priority INTEGER NOT NULL, category VARCHAR(100) NOT NULL, name VARCHAR(255) NOT NULL,
  description TEXT NOT NULL, steps JSON NOT NULL, passes BOOLEAN NOT NULL, in_progress BOOLEAN NOT NULL,
  dependencies JSON, needs_human_input BOOLEAN NOT NULL DEFAULT 0, human_input_request JSON, human_input_response JSON);
CREATE INDEX ix_features_passes ON features (passes);
CREATE TABLE schedules (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT);
'''
def insert(c, i, passes):
  c.execute('INSERT INTO features VALUES (?,?,?,?,?,?,?,0,NULL,0,NULL,NULL)',
    (i, i, 'cat%d' % (i % 7), 'Feature %d' % i, 'Does the thing number %d. ' % i * 4, '["one","two"]', passes))
`;

const MAKE = `
import json, os, sqlite3, sys
${SCHEMA}
path, spec = sys.argv[1], json.loads(sys.argv[2])
c = sqlite3.connect(path, isolation_level=None)
c.execute('PRAGMA journal_mode=' + spec['journalMode'])
c.executescript(SCHEMA)
if spec['leave'].endswith('wal'):
  c.execute('PRAGMA wal_checkpoint(TRUNCATE)')
  c.execute('PRAGMA wal_autocheckpoint=0')
c.execute('BEGIN')
for i in range(1, spec['features'] + 1): insert(c, i, i <= spec['passing'])
c.execute("INSERT INTO schedules (title) VALUES ('nightly')")
c.execute('COMMIT')
if spec['leave'] == 'damaged-wal':
  c.execute('PRAGMA writable_schema=1')
  row = c.execute("SELECT * FROM sqlite_master WHERE name = 'ix_features_passes'").fetchone()
  c.execute("DELETE FROM sqlite_master WHERE name = 'ix_features_passes'")
  c.execute('PRAGMA writable_schema=RESET')
  for i in range(1001, 1051): insert(c, i, 1)
  c.execute('PRAGMA writable_schema=1')
  c.execute('INSERT INTO sqlite_master VALUES (?,?,?,?,?)', row)
if spec['leave'].endswith('wal'): os._exit(0)
if spec['leave'] == 'hot-journal':
  c.execute('PRAGMA cache_size=5')
  c.execute('PRAGMA cache_spill=5')
  c.execute('BEGIN')
  c.execute("UPDATE features SET passes = 1 - passes, description = description || 'torn '")
  os._exit(0)
c.close()
`;

const READ_FUNCTION = `
import hashlib, json, os, sqlite3, sys
def read(path):
  if not os.path.exists(path): return {'error': 'missing'}
  c = sqlite3.connect(path)
  try:
    c.text_factory = bytes
    integrity = c.execute('PRAGMA integrity_check').fetchone()[0].decode()
    h = hashlib.sha256()
    for (table,) in c.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name").fetchall():
      h.update(table)
      for row in c.execute('SELECT * FROM "%s" ORDER BY 1' % table.decode()): h.update(repr(row).encode())
    n, p = c.execute('SELECT count(*), coalesce(sum(passes), 0) FROM features').fetchone()
    return {'integrity': integrity, 'features': n, 'passing': p, 'digest': h.hexdigest()}
  except sqlite3.Error as e:
    return {'error': str(e)}
  finally:
    c.close()
`;

const READ = `${READ_FUNCTION}
print(json.dumps([read(p) for p in sys.argv[1:]]))
`;

const READ_LOOP = `
for line in sys.stdin: print(json.dumps(read(line.rstrip('\\n'))), flush=True)
`;

const FILL_WITH_NOISE = `
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE IF NOT EXISTS noise (content BLOB)')
c.execute('DELETE FROM noise')
c.execute('INSERT INTO noise VALUES (?)', [os.urandom(int(sys.argv[2]))])
c.close()
`;
