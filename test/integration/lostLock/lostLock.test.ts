import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { recordDrill } from '../../../core/verify/drill/recordDrill.js';
import { recordJobResult } from '../../../core/store/jobs.js';
import { fetchAll } from '../../../core/replication/fetchFromTarget.js';
import { folderTarget } from '../../../core/replication/folderTarget.js';
import { readTarget } from '../../../core/replication/readTarget.js';
import { replicate } from '../../../core/replication/replicate.js';
import {
  acknowledgeShrinkage,
  backUp,
  cleanUp,
  deleteBackup,
  pin,
  restore,
  revokeAcknowledgement,
  verify,
} from '../../../core/engine.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Configuration, Project, RetentionPolicy } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { losingLock, momentsOfLoss } from '../../support/losingLock.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { flipByte, folderAt, folderTargetNamed, withTargets } from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const DAY_MS = 86_400_000;
const NO_HISTORY = { history: { maxBytes: 0 } };

interface Case {
  /** How often the lock can be lost in time to stop something. */
  readonly moments: number;
  /** The same, right after each change that matches. */
  readonly alsoAfter?: RegExp;
  /** Which of them are tested; all by default. After the last one, only unlisted files may be deleted. */
  readonly tested?: readonly number[];
  /** The lock is checked before temporary files are written, not after. */
  readonly checksEarly?: boolean;
  readonly configuration?: Partial<Configuration>;
  readonly keepLast?: number;
  /** The folder of the lock; the store by default. */
  readonly lockFolder?: (project: Project) => string;
  /** What the lock protects; the project by default. */
  readonly root?: (project: Project) => string;
}

/** Throws an error or returns it. */
type Operation = (project: Project, ports: Ports) => Promise<BackupError | undefined>;

describe('an operation whose lock another process has taken over', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  let nowMs = 0;
  let copies = 0;
  const start = () => testProject(folder.join('start'), { keepLast: 100, keepDaily: 0, keepWeekly: 0 });

  beforeEach(() => {
    nowMs = Date.UTC(2026, 0, 25, 12);
    makeFeatureDatabase(start().databasePath, { features: 20, passing: 0, journalMode: 'delete' });
    mkdirSync(folder.join('start', 'target'));
  });

  const ports = (files = realPorts().files): Ports => ({ ...realPorts(), files, now: () => new Date(nowMs) });
  const change = (passing: number) =>
    sqlite3(start().databasePath, `UPDATE features SET passes = id <= ${passing.toString()}`);
  const backUpStates = async (count: number): Promise<void> => {
    for (let passing = 1; passing <= count; passing += 1) {
      nowMs += 60_000;
      change(passing);
      assert.equal((await backUp(start(), MANUAL, { ports: ports() })).status, 'created');
    }
    nowMs += 60_000;
  };
  const keepingLast = (project: Project, keepLast: number): Project => ({
    ...project,
    configuration: { ...project.configuration, retention: { ...project.configuration.retention, keepLast } },
  });
  const newestOf = (project: Project): string => readCatalog(project, realPorts()).backups[0]?.id ?? '';
  const copyOfStart = ({ configuration, keepLast = 100 }: Case): Project => {
    copies += 1;
    const root = folder.join(`copy-${copies.toString()}`);
    cpSync(start().root, root, { recursive: true, preserveTimestamps: true });
    const project = testProject(root, { keepLast, keepDaily: 0, keepWeekly: 0 });
    return { ...project, configuration: { ...project.configuration, ...configuration } };
  };

  /** Runs the operation once undisturbed, then once for each moment at which the loss of its lock has to stop it. */
  const assertStops = async (options: Case, operation: Operation): Promise<void> => {
    const { lockFolder = ({ storePath }: Project) => storePath, root = (of: Project) => of.root } = options;
    const intact = copyOfStart(options);
    const counted = losingLock(lockFolder(intact), root(intact));
    assert.equal(await operation(intact, ports(counted.files)), undefined);
    const { alsoAfter } = options;
    const others = [...counted.changes.keys()].filter((at) => alsoAfter?.test(counted.changes[at]?.what ?? ''));
    const moments = [...momentsOfLoss(counted.changes, options.checksEarly === true), ...others];
    const trace = counted.changes.map(({ kind, what }) => `${kind} ${what}`).join('\n');
    assert.equal(moments.length, options.moments, trace);
    for (const moment of options.tested?.map((index) => moments[index] ?? 0) ?? moments) {
      const project = copyOfStart(options);
      const losing = losingLock(lockFolder(project), root(project), moment);
      const problem = await operation(project, ports(losing.files)).catch((error: unknown) => error);
      const context = `lost after ${counted.changes[moment]?.what ?? ''}`;
      assert.deepEqual(losing.afterLoss(), [], context);
      assert.ok(problem instanceof BackupError, context);
      assert.equal(problem.code, 'store-busy', context);
    }
  };

  it('publishes no backup', async () => {
    await backUpStates(1);
    change(5);
    await assertStops({ moments: 1 }, async (project, withPorts) => {
      await backUp(project, MANUAL, { ports: withPorts });
      return undefined;
    });
  });

  it('publishes no emergency backup', async () => {
    await backUpStates(1);
    writeFileSync(start().databasePath, 'no database');
    await assertStops({ moments: 1 }, async (project, withPorts) => {
      await backUp(project, MANUAL, { ports: withPorts });
      return undefined;
    });
  });

  it('records no event', async () => {
    await backUpStates(1);
    await assertStops({ moments: 1, checksEarly: true }, async (project, withPorts) => {
      assert.equal((await backUp(project, MANUAL, { ports: withPorts })).status, 'unchanged');
      return undefined;
    });
  });

  it('pins nothing', async () => {
    await backUpStates(1);
    await assertStops({ moments: 1, checksEarly: true }, async (project, withPorts) => {
      await pin(project, newestOf(project), { ports: withPorts });
      return undefined;
    });
  });

  it('deletes nothing', async () => {
    await backUpStates(2);
    await assertStops({ moments: 1 }, async (project, withPorts) => {
      await deleteBackup(project, newestOf(project), { ports: withPorts });
      return undefined;
    });
  });

  it('prunes nothing', async () => {
    await backUpStates(3);
    const options = { moments: 1, keepLast: 1, configuration: NO_HISTORY };
    await assertStops(options, async (project, withPorts) => {
      return (await cleanUp(project, { ports: withPorts })).problem;
    });
  });

  it('archives nothing, neither in a new segment nor after the last state, and deletes no archived backup', async () => {
    await backUpStates(4);
    await assertStops({ moments: 4, keepLast: 1 }, async (project, withPorts) => {
      return (await cleanUp(project, { ports: withPorts })).problem;
    });
  });

  it('archives no further state, and trims no history', async () => {
    await backUpStates(4);
    writeFileSync(join(start().storePath, 'history-000001-20250101-000000.fbh'), Buffer.alloc(250_000));
    const options = { moments: 7, keepLast: 1, configuration: { history: { maxBytes: 200_000 } } };
    await assertStops({ ...options, alsoAfter: /^unlink .*features_.*\.json$/ }, async (project, withPorts) => {
      return (await cleanUp(project, { ports: withPorts })).problem;
    });
  });

  it('deletes no damaged backup if it would archive an intact one', async () => {
    await backUpStates(2);
    flipByte(readCatalog(start(), realPorts()).backups[1]?.path ?? '');
    await assertStops({ moments: 1, keepLast: 1 }, async (project, withPorts) => {
      return (await cleanUp(project, { ports: withPorts })).problem;
    });
  });

  it('compresses nothing', async () => {
    await backUpStates(1);
    nowMs += 10 * DAY_MS;
    await assertStops({ moments: 2 }, async (project, withPorts) => {
      return (await cleanUp(project, { ports: withPorts })).problem;
    });
  });

  it('records no result of a verification', async () => {
    await backUpStates(1);
    await assertStops({ moments: 1, checksEarly: true }, async (project, withPorts) => {
      return (await verify(project, undefined, { ports: withPorts }))[0]?.recordProblem;
    });
  });

  it('moves nothing into the quarantine', async () => {
    await backUpStates(1);
    flipByte(readCatalog(start(), realPorts()).backups[0]?.path ?? '');
    await assertStops({ moments: 4, tested: [1, 2], checksEarly: true }, async (project, withPorts) => {
      const [outcome] = await verify(project, undefined, { quarantine: true, ports: withPorts });
      return outcome?.quarantineProblem ?? outcome?.readError;
    });
  });

  it('acknowledges, pins and revokes nothing', async () => {
    await backUpStates(1);
    sqlite3(start().databasePath, 'DELETE FROM features WHERE id > 2');
    await assertStops({ moments: 3, checksEarly: true }, async (project, withPorts) => {
      assert.equal((await acknowledgeShrinkage(project, { ports: withPorts })).status, 'acknowledged');
      return undefined;
    });
    await acknowledgeShrinkage(start());
    await assertStops({ moments: 1, checksEarly: true }, async (project, withPorts) => {
      assert.equal(await revokeAcknowledgement(project, { ports: withPorts }), true);
      return undefined;
    });
  });

  it('replaces no live database', async () => {
    const sound = readFileSync(start().databasePath);
    writeFileSync(start().databasePath, 'no database');
    await backUp(start(), MANUAL, { ports: ports() });
    nowMs += 60_000;
    writeFileSync(start().databasePath, sound);
    writeFileSync(`${start().databasePath}-wal`, '');
    await assertStops({ moments: 4, checksEarly: true }, async (project, withPorts) => {
      await restore(project, newestOf(project), { ports: withPorts });
      return undefined;
    });
  });

  it('records no drill and no job', async () => {
    await backUpStates(1);
    await assertStops({ moments: 1, checksEarly: true }, async (project, withPorts) => {
      const [newest] = readCatalog(project, realPorts()).backups;
      assert.ok(newest);
      await recordDrill(project, newest, { ok: true, reader: 'sqlite3' }, withPorts);
      return undefined;
    });
    await assertStops({ moments: 1, checksEarly: true }, async (project, withPorts) => {
      await recordJobResult(project, 'backup', 'it failed', withPorts);
      return undefined;
    });
  });

  describe('between a store and a folder target', () => {
    const atTarget = (project: Project): string => join(project.root, 'target');
    const syncing = (project: Project, retention: Partial<RetentionPolicy> = {}): Project =>
      withTargets(project, folderTargetNamed('nas', atTarget(project), retention));
    const syncTarget = async (project: Project, withPorts: Ports): Promise<BackupError | undefined> =>
      (await replicate(project, {}, withPorts)).targets[0]?.problem;

    it('copies, updates and removes nothing there', async () => {
      await backUpStates(4);
      const syncOptions = { lockFolder: ({ storePath }: Project) => join(storePath, '.replication'), root: atTarget };
      const moments = { moments: 6, tested: [0, 1, 2, 3, 4], checksEarly: true };
      await assertStops({ ...syncOptions, ...moments }, async (project, withPorts) => {
        assert.equal(await syncTarget(syncing(project), ports()), undefined);
        await pin(project, newestOf(project), { ports: ports() });
        sqlite3(project.databasePath, 'UPDATE features SET passes = id <= 9');
        await backUp(keepingLast(project, 2), MANUAL, { ports: ports() });
        return await syncTarget(syncing(keepingLast(project, 2), { keepLast: 2 }), withPorts);
      });
    });

    it('publishes nothing that it fetched', async () => {
      await backUpStates(4);
      await cleanUp(keepingLast(start(), 1), { ports: ports() });
      assert.equal(await syncTarget(syncing(start()), ports()), undefined);
      const fetched = (project: Project): string => join(project.root, 'fetched');
      const options = { moments: 2, checksEarly: true, lockFolder: fetched, root: fetched };
      await assertStops(options, async (project, withPorts) => {
        const place = atTarget(project);
        const stored = folderTarget('nas', place, withPorts).folder(basename(folderAt(place)));
        await fetchAll({ ...project, storePath: fetched(project) }, stored, await readTarget(stored), withPorts);
        return undefined;
      });
    });
  });
});
