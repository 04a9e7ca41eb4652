import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { assertNotOpenElsewhere, findBlockers, type BlockerFindings } from '../../../core/restore/blockers.js';
import { examineLiveDatabase } from '../../../core/restore/examineLiveDatabase.js';
import { realPorts, realSystem, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { makeFeatureDatabase, startPython, type PythonProcess } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { withNodeSqlite } from '../../support/withoutNodeSqlite.js';

describe('restore blockers', function () {
  const folder = useTemporaryFolder();
  let project: Project;
  let python: PythonProcess | undefined;
  let pauses = 0;
  let onPause: () => void | Promise<void>;
  const ports = (): Ports => ({
    ...realPorts(),
    system: {
      ...realSystem,
      pause: async () => {
        pauses += 1;
        await onPause();
      },
    },
  });
  const find = async (): Promise<BlockerFindings> =>
    await findBlockers(project, await examineLiveDatabase(project, realPorts()), false, ports());
  const make = (journalMode: 'wal' | 'delete'): void => {
    project = testProject(folder.join('shop'));
    makeFeatureDatabase(project.databasePath, { features: 3, passing: 1, journalMode });
  };
  const hold = async (): Promise<void> => {
    python = await startPython(HOLD, [project.databasePath]);
  };

  beforeEach(() => {
    pauses = 0;
    onPause = () => undefined;
  });
  afterEach(async () => await python?.stop());

  it('are none, without waiting, if no process has the database open', async () => {
    make('wal');
    assert.deepEqual((await find()).blockers, []);
    rmSync(project.databasePath);
    assert.deepEqual((await find()).blockers, []);
    assert.equal(pauses, 0);
  });

  it('do not include a process that only reads the file and closes it a moment later', async function () {
    if (process.platform !== 'linux') return this.skip();
    make('delete');
    await hold();
    onPause = async () => {
      if (pauses === 3) await python?.stop();
    };
    assert.deepEqual((await find()).blockers, []);
    assert.equal(pauses, 3);
  });

  it('include processes that have it open for longer and, immediately, those that use it through SQLite', async function () {
    if (process.platform !== 'linux') return this.skip();
    for (const [journalMode, expected] of [
      ['delete', 3],
      ['wal', 0],
    ] as const) {
      pauses = 0;
      make(journalMode);
      await hold();
      const { blockers } = await find();
      assert.deepEqual(
        blockers.map(({ code, holders }) => [code, holders[0]?.pid]),
        [['database-in-use', python?.child.pid]],
      );
      assert.equal(pauses, expected, journalMode);
      await python?.stop();
      rmSync(project.root, { recursive: true });
    }
  });

  describe('restore method', () => {
    const SQLITE = { DatabaseSync: () => undefined, backup: () => undefined };
    const methodWith = async (module: object | undefined, isRaw = false): Promise<string> =>
      await withNodeSqlite(
        module,
        async () =>
          (await findBlockers(project, await examineLiveDatabase(project, realPorts()), isRaw, ports())).method,
      );
    const damage = (): void => writeFileSync(project.databasePath, readFileSync(project.databasePath).fill(0xff, 4096));

    it('is online if SQLite can open the live database', async () => {
      make('delete');
      assert.equal(await methodWith(SQLITE), 'online');
      assert.equal(await methodWith(undefined), 'swap');
      assert.equal(await methodWith(SQLITE, true), 'swap');
      writeFileSync(project.databasePath, 'no database');
      assert.equal(await methodWith(SQLITE), 'swap');
      rmSync(project.databasePath);
      assert.equal(await methodWith(SQLITE), 'swap');
    });

    it('is a swap only for a damaged database that is certainly not open', async function () {
      if (process.platform !== 'linux') return this.skip();
      make('wal');
      damage();
      assert.equal(await methodWith(SQLITE), 'swap');
      rmSync(project.root, { recursive: true });
      make('wal');
      await hold();
      damage();
      assert.equal(await methodWith(SQLITE), 'online');
      const inUse = {
        code: 'database-in-use',
        path: project.databasePath,
        hint: /Close it there and try again. Node/,
      };
      assert.throws(() => {
        assertNotOpenElsewhere(project.databasePath, realPorts());
      }, inUse);
      await python?.stop();
      assertNotOpenElsewhere(project.databasePath, realPorts());
    });
  });
});

const HOLD = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('SELECT count(*) FROM features').fetchone()
print('ready')
sys.stdin.readline()
`;
