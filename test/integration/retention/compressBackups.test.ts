import assert from 'node:assert/strict';
import nodeFileSystem, {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { compressBackups, type Compression } from '../../../core/retention/compressBackups.js';
import { openStore, prepareStore, readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { formatLockRecord } from '../../../core/system/locks/lockRecord.js';
import { LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { interferingFiles } from '../../support/interferingFiles.js';
import { lockRecord } from '../../support/lockFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MIB = 1024 * 1024;

describe('compressed backups', () => {
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.path);
  const pathOf = (id: string, end = '.db') => join(project().storePath, `${id}${end}`);
  const names = () =>
    readdirSync(project().storePath)
      .filter((name) => name.startsWith('features_'))
      .sort();
  const temporary = () => readdirSync(project().storePath).filter((name) => name.startsWith('.tmp-'));

  beforeEach(() => prepareStore(project(), realPorts()));

  const put = (id: string, content: string | Buffer, metadata?: object): void => {
    writeFileSync(pathOf(id), content);
    if (metadata !== undefined) writeFileSync(pathOf(id, '.json'), JSON.stringify(metadata));
  };
  const compress = async (changes: Partial<Ports> = {}, whileOpen = (): void => undefined): Promise<Compression> => {
    const ports = { ...realPorts(), ...changes };
    return await withStoreLock(project().storePath, ports, async (lock) => {
      const store = openStore(project(), ports, lock);
      const backups: readonly Backup[] = readCatalog(project(), ports).backups.toReversed();
      whileOpen();
      return await compressBackups(store, backups);
    });
  };
  const metadata = (more: object = {}) => ({
    timestamp: '2026-01-25T14:46:00+01:00',
    reason: 'manual',
    feature_count: 3,
    original_file: 'features.db',
    original_size: 5,
    backup_size: 5,
    ...more,
  });

  it('are described as they are in the store, with progress for each', async () => {
    for (const id of ['features_1_20260125-144600_a', 'features_2_20260125-144700_b']) put(id, id.repeat(100));
    const steps: [string, number][] = [];
    const { compressed, problem } = await compress({ onProgress: (step, fraction) => steps.push([step, fraction]) });
    assert.equal(problem, undefined);
    const listed = readCatalog(project(), realPorts()).backups.toReversed();
    assert.deepEqual(
      compressed.map(({ id, path, sizeBytes, compressed: is }) => [id, path, sizeBytes, is]),
      listed.map(({ id, path, sizeBytes }) => [id, path, sizeBytes, true]),
    );
    assert.deepEqual(names(), ['features_1_20260125-144600_a.db.gz', 'features_2_20260125-144700_b.db.gz']);
    assert.deepEqual(
      steps,
      compressed.map(({ id }, index) => [`compressing ${id}`, index / 2]),
    );
    assert.deepEqual(temporary(), []);
  });

  it('remain unchanged if they differ from their metadata, and do not stop the others', async () => {
    put('features_1_20260125-144600_empty', '');
    put('features_2_20260125-144700_longer', 'longer', metadata());
    put('features_3_20260125-144800_good', 'right', metadata());
    const { compressed, problem } = await compress();
    assert.deepEqual([compressed.map(({ id }) => id), problem], [['features_3_20260125-144800_good'], undefined]);
    assert.deepEqual(
      ['features_1_20260125-144600_empty', 'features_2_20260125-144700_longer'].map((id) => existsSync(pathOf(id))),
      [true, true],
    );
    assert.deepEqual(temporary(), []);
  });

  it('remain unchanged if they are too large to be read back', async () => {
    put('features_1_20260125-144600_huge', '');
    truncateSync(pathOf('features_1_20260125-144600_huge'), 2 ** 31 + 1);
    const { compressed, problem } = await compress();
    assert.deepEqual([compressed, problem], [[], undefined]);
    assert.deepEqual(names(), ['features_1_20260125-144600_huge.db']);
  });

  it('remain unchanged if the compressed file does not match', async () => {
    put('features_1_20260125-144600_a', 'content'.repeat(1000));
    put('features_2_20260125-144700_b', 'other');
    const damage = (change: (path: string) => void): FileSystem =>
      interferingFiles(({ name, path, turn }) => {
        if (name === 'open' && path.endsWith('.db.gz') && path.includes('.tmp-') && turn === 2) change(path);
      });
    for (const change of [
      (path: string) => truncateSync(path, 20),
      (path: string) => writeFileSync(path, readFileSync(path).fill(7, 30, 34)),
    ]) {
      const { compressed, problem } = await compress({ files: damage(change) });
      assert.deepEqual([compressed, problem?.code], [[], 'io']);
      assert.equal(problem?.path, pathOf('features_1_20260125-144600_a'));
      assert.deepEqual(names(), ['features_1_20260125-144600_a.db', 'features_2_20260125-144700_b.db']);
      assert.deepEqual(temporary(), []);
    }
  });

  it('replace no file that another program wrote meanwhile', async () => {
    const id = 'features_1_20260125-144600_a';
    put(id, 'content');
    const plant = (): void => writeFileSync(pathOf(id, '.db.gz'), 'mine');
    const { compressed, problem } = await compress({}, plant);
    assert.deepEqual([compressed, problem?.code], [[], 'io']);
    assert.equal(readFileSync(pathOf(id, '.db.gz'), 'utf8'), 'mine');
    assert.equal(readFileSync(pathOf(id), 'utf8'), 'content');
    // A file that exists from the beginning is the leftover of a crash.
    assert.equal((await compress()).compressed.length, 1);
    assert.equal(gunzipSync(readFileSync(pathOf(id, '.db.gz'))).toString(), 'content');
  });

  it('are read no further after the lock is lost', async () => {
    const id = 'features_1_20260125-144600_a';
    put(id, Buffer.alloc(3 * MIB, 'content'));
    let reads = 0;
    const files = interferingFiles(({ name, path }) => {
      if (name !== 'read' || path !== pathOf(id)) return;
      reads += 1;
      if (reads > 1) return;
      writeFileSync(pathOf('other'), formatLockRecord(lockRecord()));
      renameSync(pathOf('other'), join(project().storePath, LOCK_NAME));
    });
    const { compressed, problem } = await compress({ files });
    assert.deepEqual([compressed, problem?.code, reads], [[], 'store-busy', 1]);
    assert.deepEqual([names(), temporary()], [[`${id}.db`], []]);
    assert.equal(statSync(pathOf(id)).size, 3 * MIB);
    assert.ok(nodeFileSystem.existsSync(join(project().storePath, LOCK_NAME)));
  });
});
