import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, before } from 'mocha';
import { runPython } from './pythonSqlite.js';
import { makeTemporaryFolder, removeFolder } from './temporaryFolder.js';

/** Reports SQLite's own view of a database, its integrity check and a hash of the whole dump, as one line. */
export interface SqliteOracle {
  /** For copies of the database, its `-wal` and its `-journal`, as SQLite recovers them. */
  contentOfFiles(databasePath: string): Promise<string>;
  /** For a self-contained image, opened read-only. */
  contentOfImage(image: Buffer): Promise<string>;
}

/** One Python process for all tests of the enclosing `describe`. */
export function useSqliteOracle(): SqliteOracle {
  let python: OracleProcess | undefined;
  let scratch = '';
  before('start SQLite', async () => {
    scratch = await makeTemporaryFolder();
    python = new OracleProcess();
  });
  after('stop SQLite', async () => {
    await python?.stop();
    await removeFolder(scratch);
  });

  const ask = async (how: 'recover' | 'image', copyFiles: (path: string) => void): Promise<string> => {
    if (python === undefined) throw new Error('The oracle is available only in a running test');
    const folder = mkdtempSync(join(scratch, 'copy-'));
    copyFiles(join(folder, 'copy.db'));
    const answer = await python.ask(`${how} ${join(folder, 'copy.db')}`);
    rmSync(folder, { recursive: true });
    return answer;
  };
  return {
    contentOfFiles: (databasePath) => ask('recover', (path) => copyDatabaseFiles(databasePath, path)),
    contentOfImage: (image) => ask('image', (path) => writeFileSync(path, image)),
  };
}

/** No process may be writing: these are plain copies. */
export function copyDatabaseFiles(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-journal']) {
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  }
}

/**
 * Runs a Python program that creates a database; `path` is its file, `c` a connection to it in autocommit mode. The
 * process then ends as if killed, so its side files remain.
 */
export function createUncleanDatabase(path: string, program: string): void {
  runPython(`${PREAMBLE}\n${program}\nos._exit(0)\n`, [path]);
}

/** As SQLite closes it: checkpointed, and without side files. */
export function closeDatabase(path: string, program: string): void {
  runPython(`${PREAMBLE}\n${program}\nc.close()\n`, [path]);
}

class OracleProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null> = spawn('python3', ['-u', '-c', ORACLE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  readonly #answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();

  async ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error('SQLite has ended');
    return answer.value;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.stdin.end();
    await ended;
  }
}

const PREAMBLE = `
import os, sqlite3, sys
path = sys.argv[1]
c = sqlite3.connect(path, isolation_level=None)
c.execute('PRAGMA synchronous=OFF')
def fill(first, count, size=300):
  c.executemany('INSERT INTO t VALUES(?,?)', [(i, chr(97 + i % 26) * size) for i in range(first, first + count)])
`;

const ORACLE = `
import hashlib, sqlite3, sys
for line in sys.stdin:
  how, path = line.rstrip('\\n').split(' ', 1)
  try:
    c = sqlite3.connect(path if how == 'recover' else 'file:%s?mode=ro&immutable=1' % path, uri=how == 'image')
    c.execute('PRAGMA synchronous=OFF')
    c.text_factory = lambda raw: raw.decode('latin1')
    integrity = ';'.join(row[0] for row in c.execute('PRAGMA integrity_check')).replace('\\n', ' ')
    try:
      dump = hashlib.sha256('\\n'.join(c.iterdump()).encode()).hexdigest()
    except sqlite3.Error as error:
      dump = str(error)
    print(integrity + ' | ' + dump)
  except sqlite3.Error as error:
    print('error: ' + str(error))
  finally:
    c.close()
`;
