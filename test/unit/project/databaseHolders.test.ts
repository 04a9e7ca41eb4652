import assert from 'node:assert/strict';
import { closeSync, linkSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { findHolders } from '../../../core/project/databaseHolders.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase, startPython, type PythonProcess } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the holders of a database', function () {
  const folder = useTemporaryFolder();
  let python: PythonProcess | undefined;
  afterEach(async () => await python?.stop());

  if (process.platform === 'linux') {
    for (const journalMode of ['wal', 'delete'] as const) {
      it(`are found while idle, until they close it (${journalMode})`, async () => {
        const path = folder.join("a 'quoted' name.db");
        makeFeatureDatabase(path, { features: 3, passing: 1, journalMode });
        assert.deepEqual(findHolders(path, realPorts()), { holders: [], certain: true });
        python = await startPython(HOLD, [path]);
        const { holders } = findHolders(path, realPorts());
        assert.deepEqual(
          holders.map((holder) => [holder.pid, holder.evidence]),
          [[python.child.pid, journalMode === 'wal' ? 'sqlite-lock' : 'open-file']],
        );
        assert.match(holders[0]?.command ?? '', /^python/);
        await python.stop();
        assert.deepEqual(findHolders(path, realPorts()).holders, []);
      });
    }

    for (const code of ['EMFILE', 'ENFILE', 'EIO'] as const) {
      it(`are an error, not an empty list, if the search fails with ${code}`, async () => {
        const path = folder.join('features.db');
        makeFeatureDatabase(path, { features: 3, passing: 1, journalMode: 'delete' });
        python = await startPython(HOLD, [path]);
        const closed = `/proc/${String(python.child.pid)}/fd`;
        const { files } = realPorts();
        const readdirSync = ((folderPath: string, ...rest: []) => {
          if (folderPath === closed) throw systemError(code);
          return files.readdirSync(folderPath, ...rest);
        }) as typeof files.readdirSync;
        assert.throws(
          () => findHolders(path, { ...realPorts(), files: { ...files, readdirSync } }),
          (error: unknown) => error instanceof BackupError && error.message.includes(code),
        );
      });
    }

    it('are an error, not an empty list, if the list of locks is unreadable', () => {
      const path = folder.join('features.db');
      makeFeatureDatabase(path, { features: 3, passing: 1, journalMode: 'delete' });
      const failing = (code: string): Ports => {
        const { files } = realPorts();
        const readFileSync = new Proxy(files.readFileSync, {
          apply: (target, _this, args: Parameters<typeof files.readFileSync>) => {
            if (args[0] === '/proc/locks') throw systemError(code);
            return target(...args);
          },
        });
        return { ...realPorts(), files: { ...files, readFileSync } };
      };
      assert.throws(() => findHolders(path, failing('EMFILE')), { code: 'io', path: '/proc/locks' });
      assert.equal(findHolders(path, failing('EACCES')).certain, false, 'a system that does not report');
    });

    it('include a file under another path that cannot be inspected', async () => {
      const path = folder.join('features.db');
      makeFeatureDatabase(path, { features: 3, passing: 1, journalMode: 'delete' });
      const other = folder.join('other features.db');
      linkSync(path, other);
      python = await startPython(HOLD, [other]);
      const { files } = realPorts();
      const statSync = new Proxy(files.statSync, {
        apply: (target, _this, args: Parameters<typeof files.statSync>) => {
          if (/^\/proc\/\d+\/fd\//.test(String(args[0]))) throw systemError('EIO');
          return target(...args);
        },
      });
      const { holders } = findHolders(path, { ...realPorts(), files: { ...files, statSync } });
      assert.ok(holders.some(({ pid }) => pid === python?.child.pid));
    });

    it('are found if their open file was deleted', async () => {
      const path = folder.join('features.db');
      makeFeatureDatabase(path, { features: 3, passing: 1 });
      python = await startPython(HOLD, [path]);
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix);
      assert.equal(findHolders(path, realPorts()).holders[0]?.pid, python.child.pid);
    });

    it('include this process only if it can write', () => {
      const path = folder.join('features.db');
      writeFileSync(path, 'x');
      const reading = openSync(path, 'r');
      assert.deepEqual(findHolders(path, realPorts()).holders, []);
      const writing = openSync(path, 'r+');
      assert.equal(findHolders(path, realPorts()).holders[0]?.pid, process.pid);
      closeSync(reading);
      closeSync(writing);
    });
  }

  it('are uncertain if the system cannot list them; a -shm then indicates one', () => {
    const path = folder.join('features.db');
    const real = realPorts();
    const blind = {
      ...real.files,
      readFileSync: ((name: string) => {
        throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
      }) as unknown as typeof real.files.readFileSync,
    };
    const ports = { ...real, files: blind };
    writeFileSync(path, 'x');
    assert.deepEqual(findHolders(path, ports), { holders: [], certain: false });
    writeFileSync(`${path}-shm`, '');
    assert.deepEqual(findHolders(path, ports).holders, [
      { pid: undefined, command: undefined, evidence: 'open-file', path: `${path}-shm` },
    ]);
  });
});

const HOLD = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('SELECT count(*) FROM features').fetchone()
print('ready')
sys.stdin.read()
`;
