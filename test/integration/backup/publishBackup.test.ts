import assert from 'node:assert/strict';
import nodeFileSystem, { readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { draftMetadata, publishBackup, stageImage } from '../../../core/backup/publishBackup.js';
import { openStore, prepareStore } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { formatLockRecord } from '../../../core/system/locks/lockRecord.js';
import { LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { lockRecord } from '../../support/lockFiles.js';
import { makeFeatureDatabase, runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const MIB = 1024 * 1024;

describe('name of a backup', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();

  /** Publishes an image under the first unused of these names. */
  const publish = async (project: Project, idOf: (number: number) => string): Promise<Backup> => {
    prepareStore(project, ports);
    return await withStoreLock(project.storePath, ports, async (lock) => {
      const store = openStore(project, ports, lock);
      const createdAt = new Date(2026, 0, 25, 14, 46);
      const known = { createdAt, sizeBytes: 5, sha256: 'a'.repeat(64), fingerprint: undefined, counts: undefined };
      return publishBackup(store, {
        kind: 'ordinary',
        idOf,
        createdAt,
        imageTemporaryPath: await stageImage(store, Buffer.from('image')),
        sizeBytes: 5,
        sideFiles: [],
        counts: undefined,
        metadata: draftMetadata(store, MANUAL, { ...known, check: undefined }),
      });
    });
  };

  it('is the first unused one of ten thousand; without one, the backup fails and leaves no file', async () => {
    const project = testProject(folder.path);
    const taken = 'features_3_20260125-144600_taken';
    const free = 'features_3_20260125-144600_free';
    await publish(project, () => taken);
    assert.equal((await publish(project, (number) => (number < 10_000 ? taken : free))).id, free);
    const before = readdirSync(project.storePath).sort();
    const asked: number[] = [];
    const none = publish(project, (number) => {
      asked.push(number);
      return taken;
    });
    await assert.rejects(none, { name: 'BackupError', code: 'io', path: project.storePath });
    assert.deepEqual([asked.length, asked[0], asked.at(-1)], [10_000, 1, 10_000]);
    assert.deepEqual(readdirSync(project.storePath).sort(), before);
  });
});

describe('metadata of a backup', () => {
  const folder = useTemporaryFolder();

  it('contains the relative path of the live database, its size and the size of the image', async () => {
    const root = folder.join('shop');
    const project = { ...testProject(root), databasePath: join(root, '.autoforge', 'features.db') };
    makeFeatureDatabase(project.databasePath, { features: 30, passing: 12, leave: 'wal' });
    const outcome = await createBackup(project, MANUAL, realPorts());
    assert.ok(outcome.status === 'created');
    const { metadata, sizeBytes } = outcome.backup;
    assert.equal(metadata?.originalFile, '.autoforge/features.db');
    const mainBytes = statSync(project.databasePath).size;
    assert.deepEqual([metadata.originalSizeBytes, metadata.backupSizeBytes], [mainBytes, sizeBytes]);
    assert.ok(mainBytes < sizeBytes, 'most of it is in the write-ahead log');
    assert.deepEqual([metadata.featureCount, metadata.passingCount, metadata.inProgressCount], [30, 12, 0]);
  });
});

describe('writing a large image', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let project: Project;
  beforeEach(() => {
    project = testProject(folder.path);
    makeFeatureDatabase(project.databasePath, { features: 3, passing: 0, journalMode: 'delete' });
    runPython(GROW, [project.databasePath, (9 * MIB).toString()]);
  });

  it('reports progress for each piece', async () => {
    const steps: [string, number][] = [];
    const onProgress: Ports['onProgress'] = (step, fraction) => steps.push([step, fraction]);
    const outcome = await createBackup(project, MANUAL, { ...realPorts(), onProgress });
    assert.ok(outcome.status === 'created');
    const writing = steps.filter(([step]) => step === 'writing the backup').map(([, fraction]) => fraction);
    assert.deepEqual(writing, [(8 * MIB) / outcome.backup.sizeBytes, 1]);
  });

  it('stops after the piece during which the lock was lost', async () => {
    const written: number[] = [];
    const writeSync = ((descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      if (length > MIB / 2) {
        written.push(length);
        const other = join(project.storePath, 'lock-of-another-process');
        writeFileSync(other, formatLockRecord(lockRecord()));
        renameSync(other, join(project.storePath, LOCK_NAME));
      }
      return nodeFileSystem.writeSync(descriptor, bytes, offset, length, position);
    }) as FileSystem['writeSync'];
    const ports = { ...realPorts(), files: { ...nodeFileSystem, writeSync } };
    await assert.rejects(createBackup(project, MANUAL, ports), { code: 'store-busy' });
    assert.deepEqual(written, [8 * MIB]);
    assert.deepEqual(readdirSync(project.storePath).sort(), ['.gitignore', LOCK_NAME]);
  });
});

/** Adds a table that fills the file to at least this size. */
const GROW = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('CREATE TABLE filling (content BLOB)')
c.execute('INSERT INTO filling VALUES (randomblob(?))', (int(sys.argv[2]),))
c.commit()
`;
