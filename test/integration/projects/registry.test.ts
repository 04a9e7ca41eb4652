import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'mocha';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { findRegistry, readRegisteredProjects } from '../../../core/projects/registry.js';
import { runPython, startPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const FIXTURE = join(import.meta.dirname, '../../fixtures/autoforge-registry/registry.db');

const SCHEMA = `
c.execute('CREATE TABLE projects (name VARCHAR(50) NOT NULL, path VARCHAR NOT NULL, created_at DATETIME NOT NULL, '
  'default_concurrency INTEGER NOT NULL, PRIMARY KEY (name))')
`;

describe('AutoForge’s registry', () => {
  const folder = useTemporaryFolder();
  const warnings: string[] = [];
  beforeEach(() => warnings.splice(0));

  const ports = (): Ports => ({
    ...realPorts(),
    environment: { HOME: folder.path },
    onWarning: (warning) => warnings.push(warning),
  });
  const place = (name = '.autoforge'): string => {
    const path = folder.join(name, 'registry.db');
    mkdirSync(dirname(path), { recursive: true });
    return path;
  };
  const read = async () => await readRegisteredProjects(ports());

  it('contains the projects that AutoForge has registered, in its order', async () => {
    cpSync(FIXTURE, place());
    assert.deepEqual(await read(), [
      { name: 'QR', path: '/home/dev/projects/QR' },
      { name: 'shop-front', path: '/home/dev/projects/shop-front' },
      { name: 'gone', path: '/home/dev/projects/gone' },
    ]);
    assert.deepEqual(warnings, []);
  });

  it('is found in AutoCoder’s folder too, after AutoForge’s', async () => {
    cpSync(FIXTURE, place('.autocoder'));
    assert.equal(findRegistry(ports()), folder.join('.autocoder', 'registry.db'));
    assert.equal((await read()).length, 3);
    runPython(`import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n${SCHEMA}`, [place()]);
    assert.deepEqual(await read(), []);
  });

  it('is read including its write-ahead log, while AutoForge is writing', async () => {
    const writer = await startPython(
      `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('PRAGMA journal_mode=WAL')
c.execute('PRAGMA wal_autocheckpoint=0')
${SCHEMA}
print('ready')
n = 0
for line in sys.stdin:
  c.execute('BEGIN')
  for _ in range(10):
    n += 1
    c.execute("INSERT INTO projects VALUES (?, ?, '2026-01-25', 3)", ('p%d' % n, '/projects/p%d' % n))
  c.execute('COMMIT')
  c.execute('BEGIN IMMEDIATE')
  c.execute("INSERT INTO projects VALUES ('uncommitted%d', '/never', '2026-01-25', 3)" % n)
  print(n, flush=True)
  c.execute('ROLLBACK')
`,
      [place()],
    );
    try {
      for (const count of [10, 20, 30]) {
        assert.equal(await writer.ask('more'), String(count));
        const projects = await read();
        assert.equal(projects.length, count);
        assert.deepEqual(projects.at(-1), { name: `p${String(count)}`, path: `/projects/p${String(count)}` });
      }
      assert.deepEqual(readdirSync(dirname(place())).sort(), ['registry.db', 'registry.db-shm', 'registry.db-wal']);
      assert.ok(readFileSync(place()).length <= 4096, 'the file alone has no table');
      assert.deepEqual(warnings, []);
    } finally {
      await writer.stop();
    }
  });

  it('may be missing, like the home', async () => {
    assert.deepEqual(await read(), []);
    assert.deepEqual(await readRegisteredProjects({ ...ports(), environment: {} }), []);
    assert.deepEqual(warnings, []);
  });

  it('is not a folder of its name', async () => {
    mkdirSync(place(), { recursive: true });
    cpSync(FIXTURE, place('.autocoder'));
    assert.equal((await read()).length, 3);
    assert.deepEqual(warnings, []);
  });

  it('is not read if it is far larger than any registry', async () => {
    cpSync(FIXTURE, place());
    truncateSync(place(), 64 * 1024 * 1024 + 4096);
    assert.deepEqual(await read(), []);
    assert.match(
      warnings.join('\n'),
      /^Could not read AutoForge’s list of projects: The database is too large: 67112960 bytes/,
    );
  });

  it('is read without anyone to warn, but not past a defect', async () => {
    const { onWarning, ...silent } = ports();
    assert.ok(onWarning);
    writeFileSync(place(), 'no database');
    assert.deepEqual(await readRegisteredProjects(silent), []);
    const defective: Ports = {
      ...silent,
      get environment(): never {
        throw new TypeError('a defect');
      },
    };
    await assert.rejects(readRegisteredProjects(defective), TypeError);
  });

  const unreadable: Readonly<Record<string, (path: string) => void>> = {
    'is not a database': (path) => writeFileSync(path, 'not a database at all\n'.repeat(300)),
    'is empty': (path) => writeFileSync(path, ''),
    'is cut short': (path) => writeFileSync(path, readFileSync(FIXTURE).subarray(0, 5000)),
    'has lost pages to zeros': (path) => {
      const bytes = readFileSync(FIXTURE);
      writeFileSync(path, bytes.fill(0, 4096, 3 * 4096));
    },
    'holds no projects': (path) => {
      runPython('import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute("CREATE TABLE t (x)")', [path]);
    },
    'has projects of another shape': (path) => {
      runPython('import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute("CREATE TABLE projects (x)")', [
        path,
      ]);
    },
    'has a view by that name that never ends': (path) => {
      runPython(
        'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n' +
          'c.execute("CREATE VIEW projects AS WITH RECURSIVE n(name, path) AS ' +
          "(SELECT 'x', '/x' UNION ALL SELECT name, path FROM n) SELECT name, path FROM n\")",
        [path],
      );
    },
  };
  for (const [what, make] of Object.entries(unreadable)) {
    it(`that ${what} is a warning and contains no projects`, async () => {
      make(place());
      assert.deepEqual(await read(), []);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /^Could not read AutoForge’s list of projects: /);
    });
  }

  it('omits rows without an absolute path, with a warning if they have a path', async () => {
    runPython(
      `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE Projects (path, name, later_column)')
for row in [('/good', 'good'), ('relative/path', 'relative'), ('', 'empty'), (None, 'null'), (b'/blob', 'blob'), (7, 'number'),
            ('/nul\\0l', 'nul'), ('/' + 'x' * 5000, 'long'), ('/slash/../dots', 'dots'), ('/no-name', None)]:
  c.execute('INSERT INTO Projects (path, name) VALUES (?, ?)', row)
`,
      [place()],
    );
    assert.deepEqual(await read(), [
      { name: 'good', path: '/good' },
      { name: 'dots', path: '/dots' },
    ]);
    assert.deepEqual(warnings, [
      'Skipped relative in AutoForge’s list of projects: not an absolute path: relative/path',
      'Skipped nul in AutoForge’s list of projects: not an absolute path: /nul\0l',
    ]);
    const { onWarning, ...silent } = ports();
    assert.ok(onWarning);
    assert.equal((await readRegisteredProjects(silent)).length, 2);
  });
});
