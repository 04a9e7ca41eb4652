import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import type { Project } from '../../../core/project/project.js';
import { readRemainingBytes } from '../../../core/restore/remainingBytes.js';
import { restoreBackup } from '../../../core/restore/restoreBackup.js';
import { restoreFeatures } from '../../../core/restore/restoreFeatures.js';
import { planSalvage, restoreSalvaged } from '../../../core/restore/salvage.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase, readDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { withoutNodeSqlite } from '../../support/withoutNodeSqlite.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const hasCode =
  (code: string, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof BackupError, String(error));
    assert.match(error.message, message);
    return error.code === code;
  };

describe('salvage of a damaged database', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  const live = (): string => project.databasePath;
  const backUp = async (): Promise<Backup> => {
    const outcome = await createBackup(project, MANUAL, realPorts());
    assert.ok(outcome.status === 'created');
    return outcome.backup;
  };
  const make = (features: number, passing: number, leave: 'clean' | 'wal' = 'clean'): void => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(live() + suffix, { force: true });
    makeFeatureDatabase(live(), { features, passing, leave, journalMode: leave === 'wal' ? 'wal' : 'delete' });
  };
  /** The file has no valid header, but contains all its rows. */
  const destroyHeader = (): void => writeFileSync(live(), readFileSync(live()).fill(0, 0, 100));

  beforeEach(() => {
    project = testProject(folder.join('shop'));
  });

  describe('merging into a backup', () => {
    const range = (from: number, to: number): readonly number[] =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index);
    let backup: Backup;
    beforeEach(async () => {
      make(40, 10);
      backup = await backUp();
      make(50, 20);
      destroyHeader();
    });

    it('includes only new or different features, and changes nothing in a dry run', async () => {
      const before = readFileSync(live());
      const { merged, leftOut, gained, salvaged } = await planSalvage(project, backup, realPorts());
      const ids = (of: typeof merged): readonly number[] => of.map(({ feature }) => feature.id);
      const unreliable = ids(leftOut);
      assert.ok(salvaged.features.length > 40, 'including those that equal the backup’s');
      assert.deepEqual(
        [...ids(merged), ...unreliable].toSorted((a, b) => a - b),
        [...range(11, 20), ...range(41, 50)],
      );
      assert.deepEqual([gained.added.length + gained.changed.length, gained.removed], [merged.length, []]);
      const planned = await restoreSalvaged(project, backup, { dryRun: true }, realPorts());
      assert.equal(planned.status, 'planned');
      assert.equal(planned.plan.live, 'unreadable');
      assert.deepEqual(ids(planned.plan.salvage?.merged ?? []), ids(merged));
      assert.deepEqual(readFileSync(live()), before);
      const outcome = await withoutNodeSqlite(async () => await restoreSalvaged(project, backup, {}, realPorts()));
      assert.equal(outcome.status, 'restored');
      assert.equal(readDatabase(live()).features, 40 + gained.added.length);
    });

    it('adds nothing if the database is missing', async () => {
      rmSync(live());
      const { merged, gained, salvaged } = await planSalvage(project, backup, realPorts());
      assert.deepEqual([merged, salvaged.features, gained.added, gained.changed], [[], [], [], []]);
      assert.equal((await restoreSalvaged(project, backup, { dryRun: true }, realPorts())).plan.live, 'missing');
      await withoutNodeSqlite(async () => await restoreSalvaged(project, backup, {}, realPorts()));
      assert.deepEqual(readFileSync(live()), readFileSync(backup.path));
    });

    it('is refused for a backup without features', async () => {
      rmSync(live());
      sqlite3(live(), 'CREATE TABLE notes (text); INSERT INTO notes VALUES (1)');
      const store = readdirSync(project.storePath);
      writeFileSync(folder.join('shop', '.feature_backups', 'features_0_20200101-120000_old.db'), readFileSync(live()));
      assert.equal(readdirSync(project.storePath).length, store.length + 1);
      const other = readCatalog(project, realPorts()).backups.find(({ id }) => id.endsWith('_old'));
      assert.ok(other);
      const refused = hasCode('features-missing', /has no features table/);
      await assert.rejects(planSalvage(project, other, realPorts()), refused);
      await assert.rejects(restoreSalvaged(project, other, {}, realPorts()), refused);
    });
  });

  describe('readable bytes', () => {
    const remainingBytes = async (ports: Ports = realPorts()): Promise<Buffer | undefined> =>
      await readRemainingBytes(live(), ports);

    it('are a snapshot if possible, and undefined without files', async () => {
      make(5, 1);
      assert.deepEqual(await remainingBytes(), readFileSync(live()));
      writeFileSync(live(), '');
      assert.equal(await remainingBytes(), undefined);
      rmSync(live());
      assert.equal(await remainingBytes(), undefined);
    });

    it('include commits in the log, unless the log is unreadable', async () => {
      make(30, 1, 'wal');
      destroyHeader();
      const withLog = await remainingBytes();
      assert.ok(withLog?.includes('thing number 29.'));
      assert.ok(!readFileSync(live()).includes('thing number 29.'));
      const log = readFileSync(`${live()}-wal`);
      for (const unusable of [laterVersion(log), Buffer.alloc(log.length), log.subarray(0, 20)]) {
        writeFileSync(`${live()}-wal`, unusable);
        assert.deepEqual(await remainingBytes(), readFileSync(live()));
      }
      rmSync(`${live()}-wal`);
      assert.deepEqual(await remainingBytes(), readFileSync(live()));
    });

    it('throw the reason if they cannot be read; no file stays open', async () => {
      make(30, 1, 'wal');
      destroyHeader();
      let open = 0;
      const counting = (refuses: (path: string) => boolean): Ports => {
        const files = interferingFiles(({ name, path }) => {
          if (name === 'read' && refuses(path)) throw systemError('EIO');
        });
        return {
          ...realPorts(),
          files: {
            ...files,
            openSync: (...args) => {
              const descriptor = files.openSync(...args);
              open += 1;
              return descriptor;
            },
            closeSync: (descriptor) => {
              files.closeSync(descriptor);
              open -= 1;
            },
          },
        };
      };
      await remainingBytes(counting(() => false));
      assert.equal(open, 0);
      make(30, 1);
      destroyHeader();
      let reads = 0;
      // By then the snapshot has read the beginning, which is not a database.
      const last = counting((path) => path === live() && (reads += 1) > 1);
      await assert.rejects(remainingBytes(last), (error: unknown) => {
        assert.ok(error instanceof BackupError);
        assert.match(error.message, /read what is left of the database/);
        return error.code === 'io' && error.path === live();
      });
      assert.equal(open, 0);
    });
  });
});

describe('individual features', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let backup: Backup;
  const live = (): string => project.databasePath;
  const restore = async (from: Backup, ids: readonly number[], dryRun = false) =>
    await withoutNodeSqlite(async () => await restoreFeatures(project, from, ids, { dryRun }, realPorts()));

  beforeEach(async () => {
    project = testProject(folder.join('shop'));
    makeFeatureDatabase(live(), { features: 10, passing: 5, journalMode: 'delete' });
    const outcome = await createBackup(project, MANUAL, realPorts());
    assert.ok(outcome.status === 'created');
    backup = outcome.backup;
  });

  it('cannot be restored to a database that is damaged, unreadable or missing', async () => {
    const refused = hasCode('database-damaged', /Individual features cannot be restored/);
    writeFileSync(live(), readFileSync(live()).fill(0xff, 4096));
    await assert.rejects(restore(backup, [1]), refused);
    writeFileSync(live(), 'no database');
    await assert.rejects(restore(backup, [1]), refused);
    await assert.rejects(restore(backup, [1], true), refused);
    rmSync(live());
    await assert.rejects(restore(backup, [1]), refused);
    assert.equal(readCatalog(project, realPorts()).backups.length, 1, 'nothing had to be saved');
  });

  it('cannot be restored from the raw files of a damaged database', async () => {
    writeFileSync(live(), 'no database');
    const outcome = await withoutNodeSqlite(async () => await restoreBackup(project, backup, {}, realPorts()));
    assert.ok(outcome.status === 'restored' && outcome.emergency?.content === 'raw');
    await assert.rejects(
      restore(outcome.emergency, [1]),
      hasCode('backup-damaged', /contains the raw files of a damaged database/),
    );
    assert.equal(readDatabase(live()).features, 10);
  });

  it('are planned with all changes, and unchanged if equal', async () => {
    sqlite3(live(), 'UPDATE features SET passes = 0 WHERE id < 3; DELETE FROM features WHERE id = 9');
    const before = readFileSync(live());
    const { plan } = await restore(backup, [1, 9], true);
    assert.deepEqual(
      [plan.comparison?.changed.map(({ id }) => id), plan.comparison?.added.map(({ id }) => id), plan.isUnchanged],
      [[1], [9], false],
    );
    assert.equal((await restore(backup, [5], true)).plan.isUnchanged, true);
    assert.equal((await restore(backup, [5])).status, 'unchanged');
    assert.deepEqual(readFileSync(live()), before);
    assert.equal((await restore(backup, [1, 9])).status, 'restored');
    assert.equal(sqlite3(live(), 'SELECT group_concat(id) FROM features WHERE passes = 1 OR id = 9'), '1,3,4,5,9');
  });
});

/** The header of a log of a future version, with its checksum ("Database File Format", 4.1). */
function laterVersion(log: Buffer): Buffer {
  const changed = Buffer.from(log);
  changed.writeUInt32BE(changed.readUInt32BE(4) + 1, 4);
  const isBigEndian = changed.readUInt32BE(0) === 0x377f0683;
  const word = (at: number): number => (isBigEndian ? changed.readUInt32BE(at) : changed.readUInt32LE(at));
  let [first, second] = [0, 0];
  for (let at = 0; at < 24; at += 8) {
    first = (first + word(at) + second) >>> 0;
    second = (second + word(at + 4) + first) >>> 0;
  }
  changed.writeUInt32BE(first, 24);
  changed.writeUInt32BE(second, 28);
  return changed;
}
