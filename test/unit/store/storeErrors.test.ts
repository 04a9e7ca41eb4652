import assert from 'node:assert/strict';
import nodeFileSystem, {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import v8 from 'node:v8';
import { beforeEach, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { verify } from '../../../core/engine.js';
import type { Project } from '../../../core/project/project.js';
import { parseBackupName } from '../../../core/store/backupName.js';
import { readCatalog, openStore, prepareFolderInStore, prepareStore } from '../../../core/store/openStore.js';
import { readStoreNames } from '../../../core/store/catalog.js';
import { deleteBackup } from '../../../core/store/deleteBackup.js';
import { parseMetadata } from '../../../core/store/parseMetadata.js';
import { pin, unpin } from '../../../core/store/pin.js';
import { ReadingBudget } from '../../../core/store/readingBudget.js';
import { readStoredFile } from '../../../core/store/readStoredFile.js';
import { removeBackups } from '../../../core/store/removeBackups.js';
import { selectBackup } from '../../../core/store/selectBackup.js';
import type { Backup } from '../../../core/store/backup.js';
import { describeMetadataProblems } from '../../../core/store/unknownMetadata.js';
import { BackupError } from '../../../core/system/errors.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { listedBackup } from '../../support/listedBackup.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

/** The real files, except that one call fails for paths that match `isFailing`. */
function failing(call: keyof FileSystem, code: string, isFailing: (path: string) => boolean): Ports {
  const real = nodeFileSystem[call] as (...args: unknown[]) => unknown;
  const replaced = (...args: unknown[]): unknown => {
    if (isFailing(String(args[0]))) throw systemError(code);
    return real(...args);
  };
  return { ...realPorts(), files: { ...nodeFileSystem, [call]: replaced } };
}

/** A failing disk: the folder `path` can be opened, but not synced. */
function withoutSyncOf(path: string): Ports {
  const paths = new Map<number, string>();
  const files: FileSystem = {
    ...nodeFileSystem,
    openSync: (opened, ...rest) => {
      const descriptor = nodeFileSystem.openSync(opened, ...rest);
      paths.set(descriptor, String(opened));
      return descriptor;
    },
    fsyncSync: (descriptor) => {
      if (paths.get(descriptor) === path) throw systemError('EIO');
      nodeFileSystem.fsyncSync(descriptor);
    },
  };
  return { ...realPorts(), files };
}

const fails =
  (code: string, path: string, message = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.path, path);
    assert.match(error.message, message);
    return error.code === code;
  };

describe('unreadable store', () => {
  const folder = useTemporaryFolder();
  const project = (): Project => testProject(folder.path);
  const store = (): string => project().storePath;

  it('is empty if it was deleted meanwhile, and an error if it cannot be listed', () => {
    mkdirSync(store());
    assert.deepEqual(readStoreNames(folder.join('none'), realPorts()), []);
    const isStore = (path: string): boolean => path === store();
    assert.deepEqual(readCatalog(project(), failing('opendirSync', 'ENOENT', isStore)).backups, []);
    assert.throws(
      () => readCatalog(project(), failing('opendirSync', 'EACCES', isStore)),
      fails('permission-denied', store()),
    );
  });

  it('is an error if the type of a backup in it cannot be read', () => {
    mkdirSync(store());
    const image = join(store(), 'features_1_20260125-144600_a.db');
    writeFileSync(image, 'image');
    const ports = failing('lstatSync', 'EIO', (path) => path === image);
    assert.throws(() => readCatalog(project(), ports), fails('io', image, /read the backup store/));
  });

  it('is created with private permissions and synced, together with its parent folders', () => {
    const nested = { ...project(), storePath: folder.join('a', 'b', 'store') };
    prepareStore(nested, realPorts());
    assert.equal(statSync(nested.storePath).mode & 0o777, 0o700);
    const full = failing('mkdirSync', 'ENOSPC', (path) => path === store());
    assert.throws(
      () => {
        prepareStore(project(), full);
      },
      fails('disk-full', store()),
    );
    const ports = withoutSyncOf(dirname(store()));
    assert.throws(
      () => {
        prepareStore(project(), ports);
      },
      fails('io', store(), /create the backup store/),
    );
  });

  it('is excluded from version control after its own name is synced', async () => {
    mkdirSync(store());
    const open = async (ports: Ports): Promise<unknown> =>
      await withStoreLock(store(), realPorts(), (lock) => openStore(project(), ports, lock).names);
    await assert.rejects(open(withoutSyncOf(dirname(store()))), fails('io', store(), /create the backup store/));
    assert.equal(existsSync(join(store(), '.gitignore')), false);
    await open(realPorts());
    assert.equal(readFileSync(join(store(), '.gitignore'), 'utf8'), '*\n');
    rmSync(join(store(), '.gitignore'));
    writeFileSync(join(store(), 'notes.txt'), 'mine');
    await open(realPorts());
    assert.equal(existsSync(join(store(), '.gitignore')), false, 'it was deleted on purpose');
  });

  it('creates folders inside, and accepts nothing else with their names', () => {
    mkdirSync(store());
    const make = (ports: Ports = realPorts()): string => prepareFolderInStore(project(), '.work', ports);
    const path = join(store(), '.work');
    assert.equal(make(), path);
    assert.equal(statSync(path).mode & 0o777, 0o700);
    assert.equal(make(), path);
    rmSync(path, { recursive: true });
    const denied = failing('mkdirSync', 'EACCES', (made) => made === path);
    assert.throws(() => make(denied), fails('permission-denied', path));
    writeFileSync(path, 'a file');
    assert.throws(() => make(), fails('unsafe-store', path, /is not a folder/));
    rmSync(path);
    mkdirSync(folder.join('elsewhere'));
    symlinkSync(folder.join('elsewhere'), path);
    assert.throws(() => make(), fails('unsafe-store', path));
    assert.deepEqual(readdirSync(folder.join('elsewhere')), []);
    rmSync(path);
    const removedMeanwhile = failing('mkdirSync', 'EEXIST', (made) => made === path);
    assert.throws(() => make(removedMeanwhile), fails('unsafe-store', path));
  });
});

describe('backup that cannot be changed or removed', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let backup: Backup;
  beforeEach(async () => {
    project = testProject(folder.join('shop'));
    makeFeatureDatabase(project.databasePath, { features: 3, passing: 1, journalMode: 'delete' });
    const outcome = await createBackup(project, { source: 'cli', reason: 'manual' }, realPorts());
    assert.ok(outcome.status === 'created');
    backup = outcome.backup;
  });

  it('is pinned only after the pin is synced', async () => {
    const ports = withoutSyncOf(project.storePath);
    await assert.rejects(pin(project, backup, ports), fails('io', project.storePath, /sync the pin/));
  });

  it('is missing if its store is, which is not created', async () => {
    rmSync(project.storePath, { recursive: true });
    await assert.rejects(pin(project, backup, realPorts()), { code: 'backup-not-found', path: backup.path });
    assert.equal(existsSync(project.storePath), false);
  });

  it('is not written again if it is pinned already', async () => {
    const path = backup.path.replace(/db$/, 'json');
    for (const change of [pin, unpin]) {
      const changed = await change(project, backup, realPorts());
      const { ino } = statSync(path);
      assert.deepEqual((await change(project, changed, realPorts())).metadata, changed.metadata);
      assert.equal(statSync(path).ino, ino);
    }
  });

  it('gets no further event if its own name cannot be synced', async () => {
    const outcome = createBackup(project, { source: 'cli', reason: 'again' }, withoutSyncOf(project.storePath));
    await assert.rejects(outcome, fails('io', project.storePath, /sync the backup to disk/));
    assert.equal(readCatalog(project, realPorts()).newest?.metadata?.events.length, 1);
  });

  it('counts as removed once its image is deleted, compressed or not', async () => {
    const image = join(project.storePath, `${backup.id}.db`);
    const remove = async (failingPath: string): Promise<readonly [number, string | undefined]> => {
      const ports = failing('unlinkSync', 'EACCES', (path) => path === failingPath);
      const { removed, problem } = await withStoreLock(project.storePath, realPorts(), (lock) =>
        removeBackups(openStore(project, ports, lock), [backup]),
      );
      return [removed.length, problem?.code];
    };
    assert.deepEqual(await remove(image), [0, 'permission-denied']);
    writeFileSync(`${image}.gz`, 'packed');
    assert.deepEqual(await remove(`${image}.gz`), [0, 'permission-denied']);
    assert.deepEqual([existsSync(image), existsSync(`${image}.gz`)], [false, true]);
    assert.deepEqual(await remove(join(project.storePath, `${backup.id}.json`)), [1, 'permission-denied']);
    assert.deepEqual(await remove('none'), [1, undefined]);
  });

  it('is removed without the links that have the names of its files', async () => {
    const link = `${backup.path}.gz`;
    symlinkSync(folder.join('elsewhere'), link);
    const { removed } = await withStoreLock(project.storePath, realPorts(), (lock) =>
      removeBackups(openStore(project, realPorts(), lock), [backup]),
    );
    assert.deepEqual([removed.length, existsSync(backup.path)], [1, false]);
    assert.ok(lstatSync(link).isSymbolicLink());
  });

  it('causes a sync of the store after a removal, and none without one', async () => {
    const ports = withoutSyncOf(project.storePath);
    const remove = async (backups: readonly Backup[]) =>
      await withStoreLock(project.storePath, realPorts(), (lock) =>
        removeBackups(openStore(project, ports, lock), backups),
      );
    assert.equal((await remove([])).problem, undefined);
    const { removed, problem } = await remove([backup]);
    assert.deepEqual([removed.length, problem?.code], [1, 'io']);
    await assert.rejects(deleteBackup(project, backup, {}, realPorts()), { code: 'backup-not-found' });
  });

  it('is protected if it is the only verified one, even if others are unreadable', async () => {
    await verify(project);
    const id = 'features_3_20200101-120000_old';
    writeFileSync(join(project.storePath, `${id}.db`), 'image');
    await assert.rejects(deleteBackup(project, backup, {}, realPorts()), { code: 'backup-protected' });
    const unknown = readCatalog(project, realPorts()).backups.find((other) => other.id === id);
    assert.ok(unknown?.metadata === undefined && unknown !== undefined);
    await deleteBackup(project, unknown, {}, realPorts());
    assert.deepEqual(
      readCatalog(project, realPorts()).backups.map((other) => other.id),
      [backup.id],
    );
  });

  it('is damaged if the system reports a link with its own error code', () => {
    for (const code of ['ELOOP', 'EMLINK', 'ENXIO']) {
      const ports = failing('openSync', code, (path) => path === backup.path);
      assert.throws(() => readStoredFile(backup, '', ports), fails('backup-damaged', backup.path));
    }
    const ports = failing('openSync', 'EACCES', (path) => path === backup.path);
    assert.throws(() => readStoredFile(backup, '', ports), fails('permission-denied', backup.path));
  });

  it('counts its own files, and no log of another backup', () => {
    const before = readCatalog(project, realPorts()).totalSizeBytes;
    assert.equal(before, statSync(backup.path).size);
    writeFileSync(`${backup.path}-wal`, 'a log');
    assert.equal(readCatalog(project, realPorts()).totalSizeBytes, before);
  });

  it('is not read if it is larger than any backup', () => {
    truncateSync(backup.path, 2 ** 31 + 1);
    const read = (): unknown => readStoredFile({ ...backup, metadata: undefined }, '', realPorts());
    assert.throws(read, fails('too-large', backup.path));
  });
});

describe('leftovers in a store', () => {
  const folder = useTemporaryFolder();

  it('are removed: only metadata and side files without an image, plain or compressed', async () => {
    const kept = [
      ...['features_1_20260125-144600_a.db', 'features_1_20260125-144600_a.json'],
      ...['features_2_20260125-144600_a.db.gz', 'features_2_20260125-144600_a.json'],
      ...['features_emergency_20260125-144600.db', 'features_emergency_20260125-144600.db-wal'],
      ...['features_notes.json', 'features_3_notes.db-wal', 'notes.json', 'features_4_20260125-144600_a.db-shm'],
    ];
    const swept = [
      ...['features_5_20260125-144600_a.json', 'features_6_20260125-144600-2_a.json'],
      ...['features_emergency_20260125-144601.json', 'features_emergency_20260125-144601.db-wal'],
      ...['features_emergency_20260125-144602.db-journal'],
    ];
    const project = testProject(folder.join('shop'));
    const { storePath } = project;
    mkdirSync(storePath, { recursive: true });
    for (const name of [...kept, ...swept]) writeFileSync(join(storePath, name), 'x');
    const opened = async () =>
      await withStoreLock(storePath, realPorts(), (lock) => [...openStore(project, realPorts(), lock).names]);
    const backupNamesIn = (names: readonly string[]): readonly string[] =>
      names.filter((name) => !name.startsWith('.')).sort();
    for (const when of ['at once', 'the second time']) {
      assert.deepEqual(backupNamesIn(await opened()), [...kept].sort(), when);
      assert.deepEqual(backupNamesIn(readdirSync(storePath)), [...kept].sort());
    }
  });
});

describe('texts about backups', () => {
  it('name the check that was made', () => {
    const checkIn = (check: string): string | undefined =>
      parseMetadata(
        JSON.stringify({ timestamp: '2026-01-25T12:00:00Z', reason: 'x', verified: { at: 'now', check, ok: true } }),
      )?.verified?.check;
    assert.deepEqual(
      ['integrity_check', 'quick_check', '', 'other'].map((check) => checkIn(check)),
      ['integrity_check', 'quick_check', undefined, undefined],
    );
  });

  it('name three backups with unknown metadata, and count the others', () => {
    const problems = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        path: `/store/${index.toString()}.json`,
        kind: 'damaged' as const,
        reason: index === 0 ? 'EIO, open /store/0.json' : 'it is a link',
      }));
    const named = 'EIO, open /store/0.json; /store/1.json: it is a link; /store/2.json: it is a link';
    assert.equal(describeMetadataProblems([]), undefined);
    assert.match(
      describeMetadataProblems(problems(1)) ?? '',
      /of 1 backup; it is kept because it may be pinned \(EIO, open \/store\/0\.json\)$/,
    );
    const three = describeMetadataProblems(problems(3));
    assert.ok(three?.includes('of 3 backups; they are kept') && three.endsWith(`(${named})`), three);
    assert.ok(describeMetadataProblems(problems(5))?.endsWith(`(${named}; and 2 more)`));
  });

  it('list ten candidates for a name, and count the others', () => {
    const catalog = (count: number) => ({
      ...{ storePath: '/store', newest: undefined, totalSizeBytes: 0 },
      backups: Array.from({ length: count }, (_, index) => listedBackup(`features_1_${(index + 10).toString()}`)),
    });
    const messageFor = (count: number): readonly string[] => {
      try {
        return [selectBackup(catalog(count), 'features_1').id];
      } catch (error) {
        assert.ok(error instanceof BackupError && error.code === 'ambiguous-backup');
        return error.message.split('\n');
      }
    };
    const ids = Array.from({ length: 10 }, (_, index) => `  features_1_${(index + 10).toString()}`);
    assert.deepEqual(messageFor(10), ['10 backups begin with features_1:', ...ids]);
    assert.deepEqual(messageFor(12), ['12 backups begin with features_1:', ...ids, '  and 2 more']);
  });

  it('treat a name as a reason if letters follow its time', () => {
    const name = parseBackupName('features_5_20260125-144600abc.db');
    assert.deepEqual(
      [name?.id, name?.featureCount, name?.createdAt, name?.reason],
      ['features_5_20260125-144600abc', undefined, undefined, '5_20260125-144600abc'],
    );
    const other = parseBackupName('features_5_2026012-144600abc.db');
    assert.deepEqual([other?.featureCount, other?.createdAt, other?.reason], [5, undefined, '2026012-144600abc']);
  });

  it('end with the time taken and the memory available', () => {
    let ms = 0;
    const budget = new ReadingBudget('/store', { timeMs: 1500 }, { monotonicMs: () => ms });
    ms = 1500;
    budget.spend(0);
    ms = 1501;
    assert.throws(
      () => {
        budget.spend(0);
      },
      fails('time-limit', '/store', /longer than 1\.5 seconds$/),
    );
    const { getHeapStatistics } = v8;
    const spendWith = (heapBytes: number, bytes: number): void => {
      v8.getHeapStatistics = () => ({ ...getHeapStatistics(), heap_size_limit: heapBytes });
      syncBuiltinESMExports();
      try {
        new ReadingBudget('/store').spend(bytes);
      } finally {
        v8.getHeapStatistics = getHeapStatistics;
        syncBuiltinESMExports();
      }
    };
    const MIB = 1024 * 1024;
    spendWith(600 * MIB, 100 * MIB);
    assert.throws(
      () => {
        spendWith(600 * MIB, 100 * MIB + 1);
      },
      fails('too-large', '/store'),
    );
    spendWith(16_000 * MIB, 256 * MIB);
    assert.throws(
      () => {
        spendWith(16_000 * MIB, 256 * MIB + 1);
      },
      fails('too-large', '/store'),
    );
    spendWith(6 * MIB, 16 * MIB);
  });
});
