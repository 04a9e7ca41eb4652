import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPython } from './pythonSqlite.js';

/** The bytes of a database made by a Python program; `c` is its connection, `path` its file, `FEATURES` AutoForge's table. */
export function makeImage(program: string): Buffer {
  return inTemporaryFolder((folder) => {
    const path = join(folder, 'made.db');
    runPython(`${PREAMBLE}\n${program}\nc.close()\n`, [path]);
    return readFileSync(path);
  });
}

/** A captured database with its write-ahead log, as one self-contained file. */
export function fixtureImage(name: '0-created' | '1-after-bulk-create' | '2-after-200-passing'): Buffer {
  return inTemporaryFolder((folder) => {
    const source = join(import.meta.dirname, '../fixtures/autoforge-live', name);
    cpSync(source, folder, { recursive: true });
    const path = join(folder, 'vacuumed.db');
    runPython('import sqlite3, sys\nsqlite3.connect(sys.argv[1]).execute("VACUUM INTO ?", [sys.argv[2]])', [
      join(folder, 'features.db'),
      path,
    ]);
    return readFileSync(path);
  });
}

function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'feature-backups-image-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PREAMBLE = `
import json, sqlite3, struct, sys
path = sys.argv[1]
FEATURES = '''CREATE TABLE features (
  id INTEGER NOT NULL, priority INTEGER NOT NULL, category VARCHAR(100) NOT NULL, name VARCHAR(255) NOT NULL,
  description TEXT NOT NULL, steps JSON NOT NULL, passes BOOLEAN NOT NULL, in_progress BOOLEAN NOT NULL,
  dependencies JSON, needs_human_input BOOLEAN NOT NULL, human_input_request JSON, human_input_response JSON,
  PRIMARY KEY (id))'''
INSERT = 'INSERT INTO features VALUES (?,?,?,?,?,?,?,?,?,?,?,?)'
c = sqlite3.connect(path, isolation_level=None)
`;
