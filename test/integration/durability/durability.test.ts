import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { replicate } from '../../../core/replication/replicate.js';
import { fetchAll } from '../../../core/replication/fetchFromTarget.js';
import { folderTarget } from '../../../core/replication/folderTarget.js';
import { readTarget } from '../../../core/replication/readTarget.js';
import { cleanUpRestore } from '../../../core/live/cleanUpRestore.js';
import { asidePath, versionIdentity } from '../../../core/live/restoreFiles.js';
import { swapDatabase, type Swap } from '../../../core/restore/swap.js';
import { readFingerprint } from '../../../core/snapshot/databaseFingerprint.js';
import {
  acknowledgeShrinkage,
  backUp,
  cleanUp,
  deleteBackup,
  pin,
  revokeAcknowledgement,
  verify,
} from '../../../core/engine.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { durableFiles, type DurabilityRules, type DurableFiles } from '../../support/durableFiles.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { flipByte, folderAt, folderTargetNamed, withTargets } from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const DAY_MS = 86_400_000;
const KEEP_ALL = { keepLast: 100, keepDaily: 0, keepWeekly: 0 };

describe('a power loss at any moment', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let nowMs = 0;

  beforeEach(() => {
    nowMs = Date.UTC(2026, 0, 25, 12);
    project = testProject(folder.join('shop'), KEEP_ALL);
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 0, journalMode: 'delete' });
  });

  const portsWith = (files: Ports['files']): Ports => ({ ...realPorts(), files, now: () => new Date(nowMs) });
  const keeping = (keepLast: number): Project => ({
    ...project,
    configuration: { ...project.configuration, retention: { ...project.configuration.retention, keepLast } },
  });
  const change = (passing: number) =>
    sqlite3(project.databasePath, `UPDATE features SET passes = id <= ${passing.toString()}`);
  const backUpStates = async (count: number, first = 1): Promise<void> => {
    for (let passing = first; passing < first + count; passing += 1) {
      nowMs += 60_000;
      change(passing);
      const outcome = await backUp(project, MANUAL, { ports: portsWith(realPorts().files) });
      assert.equal(outcome.status, 'created');
    }
  };
  const listed = () => readCatalog(project, realPorts()).backups;
  const filesEnding = (ending: string, inside = project.storePath): readonly string[] =>
    readdirSync(inside).filter((name) => name.endsWith(ending));

  /** Runs the operation, and asserts that each of its steps waited for what it depends on to be synced. */
  const assertOrder = async (
    operation: (ports: Ports) => unknown,
    rules: DurabilityRules & { readonly root?: string } = {},
  ): Promise<void> => {
    const durable: DurableFiles = durableFiles(rules.root ?? folder.path, rules);
    nowMs += 60_000;
    await operation(portsWith(durable.files));
    assert.deepEqual(durable.violationsAtEnd(), []);
  };

  it('loses neither the first backup of a project nor the store made for it', async () => {
    await assertOrder(async (ports) => await backUp(project, MANUAL, { ports }));
    assert.equal(listed().length, 1);
  });

  it('loses no emergency backup of a damaged database', async () => {
    await backUpStates(1);
    writeFileSync(project.databasePath, 'no database');
    await assertOrder(async (ports) => await backUp(project, MANUAL, { ports }));
    assert.equal(filesEnding('.db').length, 2);
  });

  it('loses no state that a backup archives: the history is synced before the plain backup is removed', async () => {
    await backUpStates(5);
    for (const passing of [6, 7, 8]) {
      change(passing);
      await assertOrder(async (ports) => await backUp(keeping(1), MANUAL, { ports }));
    }
    assert.equal(filesEnding('.fbh').length, 1);
    assert.deepEqual([filesEnding('.db').length, existsSync(`${project.storePath}/.history-base`)], [1, true]);
  });

  it('loses no state that a clean-up archives, and leaves no backup that reappears after a power loss', async () => {
    await backUpStates(4);
    await assertOrder(async (ports) => await cleanUp(keeping(1), { ports }));
    assert.deepEqual([filesEnding('.fbh').length, listed().length], [1, 1]);
  });

  it('restores no pruned or deleted backup after a power loss', async () => {
    await backUpStates(4);
    const [, second] = listed();
    await assertOrder(async (ports) => await deleteBackup(project, second?.id ?? '', { ports }));
    const noHistory = keeping(1);
    const pruning = {
      ...noHistory,
      configuration: { ...noHistory.configuration, history: { ...noHistory.configuration.history, maxBytes: 0 } },
    };
    await assertOrder(async (ports) => await cleanUp(pruning, { ports }));
    assert.equal(listed().length, 1);
  });

  it('loses no backup while it is compressed', async () => {
    await backUpStates(3);
    nowMs += 10 * DAY_MS;
    await assertOrder(async (ports) => await cleanUp(project, { ports }), { mayComeBack: true });
    assert.equal(filesEnding('.db.gz').length, 3);
  });

  it('loses no file of a backup on its way into the quarantine, nor the reason', async () => {
    await backUpStates(2);
    const [newest] = listed();
    flipByte(newest?.path ?? '');
    await assertOrder(async (ports) => await verify(project, undefined, { quarantine: true, ports }));
    assert.equal(filesEnding('.db', `${project.storePath}/quarantine`).length, 1);
  });

  it('leaves the metadata intact when a backup is pinned', async () => {
    await backUpStates(1);
    await assertOrder(async (ports) => await pin(project, listed()[0]?.id ?? '', { ports }));
  });

  it('keeps a revoked acknowledgement revoked', async () => {
    await backUpStates(2);
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 2');
    await assertOrder(async (ports) => {
      assert.equal((await acknowledgeShrinkage(project, { ports })).status, 'acknowledged');
      assert.equal(await revokeAcknowledgement(project, { ports }), true);
    });
  });

  describe('between a store and a folder target', () => {
    const target = () => folder.join('target');
    beforeEach(() => {
      mkdirSync(target());
    });

    it('leaves no metadata without an image there, and no partial copy', async () => {
      await backUpStates(3);
      const replicating = withTargets(project, folderTargetNamed('nas', target()));
      await assertOrder(async (ports) => await replicate(replicating, {}, ports), { isTarget: true });
      assert.equal(filesEnding('.db.gz', folderAt(target())).length, 3);
    });

    it('loses no copy in a folder that an earlier run created there but could not sync', async () => {
      await backUpStates(1);
      const replicating = withTargets(project, folderTargetNamed('nas', target()));
      await assertOrder(async (ports) => {
        let isFailing = true;
        const openSync: typeof ports.files.openSync = (path, ...rest) => {
          if (isFailing && path === target()) throw systemError('EIO');
          return ports.files.openSync(path, ...rest);
        };
        const interrupted = { ...ports, files: { ...ports.files, openSync } };
        const first = await replicate(replicating, {}, interrupted);
        assert.match(first.targets[0]?.problem?.message ?? '', /EIO/);
        assert.ok(existsSync(folderAt(target())));
        isFailing = false;
        const second = await replicate(replicating, {}, interrupted);
        assert.equal(second.targets[0]?.copied.length, 1);
      });
    });

    it('leaves no metadata without an image there when copies are removed', async () => {
      await backUpStates(3);
      await replicate(withTargets(project, folderTargetNamed('nas', target())), {}, portsWith(realPorts().files));
      const strict = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };
      const pruning = withTargets(project, folderTargetNamed('nas', target(), strict));
      await assertOrder(async (ports) => await replicate(pruning, {}, ports), { isTarget: true });
      assert.equal(filesEnding('.db.gz', folderAt(target())).length, 1);
    });

    it('loses nothing that was fetched', async () => {
      await backUpStates(4);
      await cleanUp(keeping(2), { ports: portsWith(realPorts().files) });
      const ports = portsWith(realPorts().files);
      await replicate(withTargets(project, folderTargetNamed('nas', target())), {}, ports);
      const fetching = { ...project, storePath: folder.join('shop', 'fetched') };
      const copies = folderTarget('nas', target(), ports).folder(folderAt(target()).slice(target().length + 1));
      const content = await readTarget(copies);
      await assertOrder(async (durable) => await fetchAll(fetching, copies, content, durable));
      assert.equal(filesEnding('.db', fetching.storePath).length, 2);
      assert.equal(filesEnding('.fbh', fetching.storePath).length, 1);
    });
  });

  describe('while the live database is swapped', () => {
    const image = (passing: number): Buffer => {
      const path = folder.join('image.db');
      rmSync(path, { force: true });
      makeFeatureDatabase(path, { features: 5, passing, journalMode: 'delete' });
      return readFileSync(path);
    };
    const swap = (rest: Partial<Swap>) => (ports: Ports) => {
      const seen = readFingerprint(rest.databasePath ?? project.databasePath, ports);
      const whole = { replacement: { image: image(3) }, liveImage: undefined, seen, assertFree: () => undefined };
      swapDatabase({ databasePath: project.databasePath, ...whole, ...rest }, ports);
    };
    const leaveSideFiles = (): void => {
      for (const suffix of ['-wal', '-shm']) appendFileSync(project.databasePath + suffix, 'of the old database');
    };
    const assertSwapped = (): void => {
      assert.deepEqual(readFileSync(project.databasePath), image(3));
      assert.deepEqual(readdirSync(project.root), ['features.db']);
    };

    it('leaves the old or the new database, with a snapshot of the old one as an intermediate step', async () => {
      leaveSideFiles();
      await assertOrder(swap({ liveImage: image(1) }));
      assertSwapped();
    });

    it('leaves the old database with its side files, or the new one, if no such snapshot exists', async () => {
      leaveSideFiles();
      await assertOrder(swap({}));
      assertSwapped();
    });

    it('leaves the new database with its own side files', async () => {
      leaveSideFiles();
      const sideFiles = [{ suffix: '-wal', bytes: Buffer.from('of the new database') }] as const;
      await assertOrder(swap({ replacement: { image: image(3), sideFiles } }));
      assert.equal(readFileSync(`${project.databasePath}-wal`, 'utf8'), 'of the new database');
    });

    it('leaves the new database in a folder that had to be created', async () => {
      rmSync(project.root, { recursive: true });
      await assertOrder(swap({}));
      assertSwapped();
    });

    it('leaves the new database in several folders that had to be created', async () => {
      const databasePath = join(project.root, 'one', 'two', 'features.db');
      await assertOrder(swap({ databasePath }));
      assert.deepEqual(readFileSync(databasePath), image(3));
    });

    it('returns a side file to its database before it removes those of other databases', async () => {
      const owner = versionIdentity(project.databasePath, realPorts()) ?? '';
      for (const each of ['0-0-0', owner, '99999999999999999999-0-0'])
        writeFileSync(asidePath(project.databasePath, '-wal', each), 'a log');
      await assertOrder((ports) => {
        // In any order on the disk, one of the others comes last.
        const readdirSync = new Proxy(ports.files.readdirSync, {
          apply: (read, _this, args: Parameters<typeof ports.files.readdirSync>) =>
            read(...args).sort((one, other) => (one.name < other.name ? -1 : 1)),
        });
        cleanUpRestore(project.databasePath, { ...ports, files: { ...ports.files, readdirSync } });
      });
      assert.deepEqual(readdirSync(project.root), ['features.db', 'features.db-wal']);
    });

    it('returns the side files that a killed restore set aside to their database', async () => {
      const aside = asidePath(project.databasePath, '-wal', versionIdentity(project.databasePath, realPorts()) ?? '');
      writeFileSync(aside, 'its log');
      await assertOrder((ports) => cleanUpRestore(project.databasePath, ports));
      assert.equal(readFileSync(`${project.databasePath}-wal`, 'utf8'), 'its log');
    });
  });
});
