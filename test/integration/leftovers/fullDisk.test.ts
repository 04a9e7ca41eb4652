import assert from 'node:assert/strict';
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { restoreBackup } from '../../../core/restore/restoreBackup.js';
import { stageFile } from '../../../core/restore/stagedFiles.js';
import { backUp, cleanUp } from '../../../core/engine.js';
import { BackupError } from '../../../core/system/errors.js';
import { copyLiveFile } from '../../../core/system/files/copyLiveFile.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { makeFeatureDatabase, runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { useTinyDisk } from '../../support/tinyDisk.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const DAY_MS = 86_400_000;

describe('a full disk', function () {
  this.timeout(60_000);
  const disk = useTinyDisk();
  // Before the folder that it is mounted in is removed.
  afterEach(() => {
    disk.unmountAll();
  });
  const folder = useTemporaryFolder();
  let project: Project;
  let nowMs = 0;

  beforeEach(function () {
    nowMs = Date.UTC(2026, 0, 25, 12);
    if (disk.mount(folder.join('disk'), 'size=4m') !== undefined) this.skip();
    project = testProject(folder.join('disk', 'shop'), { keepLast: 100, keepDaily: 0, keepWeekly: 0 });
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 0, journalMode: 'delete' });
    // Random, so that compressing does not make it smaller.
    runPython(ADD_RANDOM, [project.databasePath]);
  });
  const ports = (): Ports => ({ ...realPorts(), now: () => new Date(nowMs) });
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(folder.join('disk'));
    return bavail * bsize;
  };
  const fillUpTo = (leftBytes: number): void => {
    writeFileSync(folder.join('disk', 'filler'), Buffer.alloc(freeBytes() - leftBytes));
  };
  const backUpNow = async () => await backUp(project, MANUAL, { ports: ports() });
  const namesOnDisk = (): readonly string[] =>
    readdirSync(folder.join('disk'), { recursive: true })
      .map(String)
      .filter((name) => !/\.(?:gitignore|jobs\.json)$/.test(name))
      .sort();
  const hasCode = (error: unknown): boolean => error instanceof BackupError && error.code === 'disk-full';

  /** Runs the operation on a disk with room for half of a database, and asserts that it leaves no file behind. */
  const assertLeavesNothing = async (operation: () => unknown): Promise<void> => {
    fillUpTo(150_000);
    const before = namesOnDisk();
    await operation();
    assert.deepEqual(namesOnDisk(), before);
    rmSync(folder.join('disk', 'filler'));
  };

  it('contains no part of a failed backup, whose space is free again at once', async () => {
    await backUpNow();
    runPython(ADD_RANDOM, [project.databasePath]);
    nowMs += 60_000;
    await assertLeavesNothing(async () => await assert.rejects(backUpNow(), hasCode));
    assert.equal((await backUpNow()).status, 'created');
  });

  it('contains no part of a failed emergency backup, neither an image nor raw files', async () => {
    await backUpNow();
    runPython(DAMAGE, [project.databasePath]);
    await assertLeavesNothing(async () => await assert.rejects(backUpNow(), hasCode));
    writeFileSync(project.databasePath, Buffer.alloc(300_000, 'no database'));
    await assertLeavesNothing(async () => await assert.rejects(backUpNow(), hasCode));
    await assertLeavesNothing(() => {
      assert.throws(() => copyLiveFile(project.databasePath, folder.join('disk', 'copy'), ports().files), /ENOSPC/);
    });
    assert.equal((await backUpNow()).status, 'damaged');
  });

  it('contains no partial compressed backup or history record', async () => {
    await backUpNow();
    runPython(ADD_RANDOM, [project.databasePath]);
    nowMs += 60_000;
    await backUpNow();
    const { retention } = project.configuration;
    const strict = {
      ...project,
      configuration: { ...project.configuration, retention: { ...retention, keepLast: 1 } },
    };
    await assertLeavesNothing(async () => {
      const { problem, removed } = await cleanUp(strict, { ports: ports() });
      assert.deepEqual([problem?.code, removed], ['disk-full', []]);
    });
    nowMs += 10 * DAY_MS;
    await assertLeavesNothing(async () => {
      const { problem, compressed } = await cleanUp(project, { ports: ports() });
      assert.deepEqual([problem?.code, compressed], ['disk-full', []]);
    });
  });

  it('contains no part of a restored database beside the live one', async () => {
    await backUpNow();
    const [backup] = readCatalog(project, ports()).backups;
    assert.ok(backup);
    rmSync(project.databasePath);
    await assertLeavesNothing(async () => await assert.rejects(restoreBackup(project, backup, {}, ports()), hasCode));
    await assertLeavesNothing(() => {
      const bytes = Buffer.alloc(300_000, 1);
      assert.throws(() => stageFile(join(project.root, 'features.db'), bytes, undefined, ports()), hasCode);
    });
    assert.equal((await restoreBackup(project, backup, {}, ports())).status, 'restored');
  });
});

/** So large that a second copy does not fit. */
const ADD_RANDOM = `
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('CREATE TABLE IF NOT EXISTS filling (content BLOB)')
c.execute('DELETE FROM filling')
c.execute('INSERT INTO filling VALUES (?)', (os.urandom(300_000),))
c.commit()
`;

const DAMAGE = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('PRAGMA writable_schema=1')
c.execute("UPDATE sqlite_master SET rootpage = 2 WHERE name = 'filling'")
c.commit()
`;
