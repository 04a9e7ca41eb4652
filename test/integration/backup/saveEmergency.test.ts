import assert from 'node:assert/strict';
import nodeFileSystem, { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { saveEmergency } from '../../../core/backup/saveEmergency.js';
import { readCatalog, prepareStore } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { formatLockRecord } from '../../../core/system/locks/lockRecord.js';
import { LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { lockRecord } from '../../support/lockFiles.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const BEFORE_RESTORE = { source: 'restore', reason: 'before_restore' } as const;

describe('emergency backup of files that are not a database', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  let project: Project;
  beforeEach(() => {
    project = testProject(folder.path);
    live('no database');
    live('no log', '-wal');
  });

  const live = (content: string, suffix = '') => writeFileSync(project.databasePath + suffix, content);
  const backUp = async (files: FileSystem = ports.files): Promise<Backup> => {
    const outcome = await createBackup(project, MANUAL, { ...ports, files });
    assert.ok(outcome.status === 'damaged');
    return outcome.emergency;
  };
  const save = async (usedPorts: Ports = ports): Promise<Backup> => {
    prepareStore(project, usedPorts);
    return await withStoreLock(project.storePath, usedPorts, (lock) =>
      saveEmergency(project, BEFORE_RESTORE, usedPorts, lock),
    );
  };
  const listed = () => readCatalog(project, ports).backups;
  const temporary = () => nodeFileSystem.readdirSync(project.storePath).filter((name) => name.startsWith('.tmp-'));
  const rewriteMetadata = ({ path }: Backup, change: (json: Record<string, unknown>) => object) => {
    const jsonPath = path.replace(/db$/, 'json');
    const json = JSON.parse(readFileSync(jsonPath, 'utf8')) as Record<string, unknown>;
    writeFileSync(jsonPath, JSON.stringify(change(json)));
  };

  it('records their problems, sizes and side files', async () => {
    const { metadata, sizeBytes } = await backUp();
    assert.match(metadata?.problems?.join() ?? '', /not a SQLite database/);
    assert.deepEqual([sizeBytes, metadata?.originalSizeBytes, metadata?.backupSizeBytes], [11, 11, 11]);
    assert.deepEqual(
      metadata?.sideFiles?.map(({ suffix, sizeBytes: bytes }) => [suffix, bytes]),
      [['-wal', 6]],
    );
    assert.equal(metadata.verified, undefined);
  });

  it('is made once while they do not change, with an event for each attempt', async () => {
    const first = await backUp();
    for (const count of [2, 3]) {
      const again = await backUp();
      assert.deepEqual([again.id, again.metadata?.events.length], [first.id, count]);
      assert.deepEqual([listed().length, temporary()], [1, []]);
    }
    await save();
    assert.equal(listed().length, 1);
  });

  for (const [what, change] of Object.entries<() => void>({
    'their content changes': () => live('another text'),
    'a side file changes': () => live('no leg', '-wal'),
    'a side file is added': () => live('no log', '-journal'),
    'a side file has another name': () => renameSync(`${project.databasePath}-wal`, `${project.databasePath}-journal`),
    'a side file is missing': () => rmSync(`${project.databasePath}-wal`),
  })) {
    it(`is made again when ${what}`, async () => {
      const first = await backUp();
      change();
      const second = await backUp();
      assert.notEqual(second.id, first.id);
      assert.deepEqual([listed().length, temporary()], [2, []]);
    });
  }

  for (const [what, damage] of Object.entries<(backup: Backup) => void>({
    'was cut short': ({ path }) => truncateSync(path, 4),
    'has lost its hash': (backup) => rewriteMetadata(backup, (json) => ({ ...json, sha256: undefined })),
    'has metadata that calls it a database': (backup) =>
      rewriteMetadata(backup, (json) => ({ ...json, content: 'database' })),
    'has metadata that cannot be understood': ({ path }) => writeFileSync(path.replace(/db$/, 'json'), '{'),
  })) {
    it(`is made again when the existing one ${what}`, async () => {
      const first = await backUp();
      damage(first);
      assert.notEqual((await backUp()).id, first.id);
      assert.deepEqual([listed().length, temporary()], [2, []]);
    });
  }

  it('is reused even after it was compressed', async () => {
    rmSync(`${project.databasePath}-wal`);
    const first = await backUp();
    writeFileSync(`${first.path}.gz`, gzipSync(readFileSync(first.path)));
    rmSync(first.path);
    assert.equal((await backUp()).id, first.id);
    assert.equal(listed().length, 1);
  });

  it('fails if its event cannot be recorded, instead of being made again', async () => {
    const { path } = await backUp();
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      if (to === path.replace(/db$/, 'json')) throw systemError('ENOSPC');
      nodeFileSystem.renameSync(from, to);
    };
    await assert.rejects(backUp({ ...nodeFileSystem, renameSync }), { code: 'disk-full' });
    assert.equal(listed().length, 1);
  });

  it('saves a write-ahead log whose database is missing, and nothing if both are missing', async () => {
    rmSync(project.databasePath);
    const emergency = await save();
    assert.deepEqual([emergency.content, readFileSync(emergency.path).length], ['raw', 0]);
    assert.equal(readFileSync(`${emergency.path}-wal`, 'utf8'), 'no log');
    assert.equal((await save()).id, emergency.id);
    rmSync(`${project.databasePath}-wal`);
    await assert.rejects(save(), { code: 'database-not-found' });
    assert.deepEqual([listed().length, temporary()], [1, []]);
  });

  it('stops at the file during which the lock is lost', async () => {
    const opened: string[] = [];
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open') opened.push(path);
      if (name === 'read' && path === project.databasePath && temporary().length > 0) {
        const other = join(project.storePath, 'lock-of-another-process');
        writeFileSync(other, formatLockRecord(lockRecord()));
        renameSync(other, join(project.storePath, LOCK_NAME));
      }
    });
    await assert.rejects(save({ ...ports, files }), { code: 'store-busy' });
    assert.deepEqual([opened.filter((path) => /\.tmp-.*-wal$/.test(path)), temporary()], [[], []]);
    assert.deepEqual(listed(), []);
  });
});

describe('emergency backup of a database that does not verify', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();

  it('is the only copy in the store, and lists each problem', async () => {
    const project = testProject(folder.path);
    makeFeatureDatabase(project.databasePath, { features: 40, passing: 0, journalMode: 'delete' });
    writeFileSync(project.databasePath, readFileSync(project.databasePath).fill(0xa5, 4096, 4500));
    const outcome = await createBackup(project, MANUAL, ports);
    assert.ok(outcome.status === 'damaged');
    const { id, metadata } = outcome.emergency;
    const names = nodeFileSystem.readdirSync(project.storePath).sort();
    assert.deepEqual(names, ['.gitignore', `${id}.db`, `${id}.json`]);
    assert.ok(outcome.problems.length > 0);
    assert.deepEqual([metadata?.problems, metadata?.verified?.ok], [outcome.problems, false]);
    const again = await createBackup(project, MANUAL, ports);
    assert.ok(again.status === 'damaged');
    assert.deepEqual([again.emergency.id, again.problems], [id, outcome.problems]);
    assert.equal(again.emergency.metadata?.events.length, 2);
    assert.equal(existsSync(outcome.emergency.path), true);
  });
});
