import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup, type CreateOptions, recordFailure } from '../../../core/backup/createBackup.js';
import { recordJobResult, readJobs } from '../../../core/store/jobs.js';
import { prepareStore } from '../../../core/store/openStore.js';
import { recordUnstoredFailure, readUnstoredFailure } from '../../../core/store/unstoredFailure.js';
import { BackupError } from '../../../core/system/errors.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, realSystem, type Ports } from '../../../core/system/ports.js';
import { uniqueToken } from '../../../core/system/processes/uniqueToken.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;

describe('failed backup', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  let project: Project;
  beforeEach(() => {
    project = testProject(folder.path);
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 0, journalMode: 'delete' });
  });

  const backUp = async (options: CreateOptions = {}) => await createBackup(project, MANUAL, ports, options);
  const tooLarge = async () => await assert.rejects(backUp({ maxSizeBytes: 100 }), { code: 'too-large' });
  const change = () => sqlite3(project.databasePath, 'UPDATE features SET passes = 1 - passes');
  const recorded = () => readJobs(project, ports).backup;
  const unstored = () => readUnstoredFailure(project, ports);

  it('is recorded in the store with its reason until a backup succeeds', async () => {
    await tooLarge();
    assert.equal(recorded()?.ok, false);
    assert.match(recorded()?.problem ?? '', /./);
    await backUp();
    assert.equal(recorded()?.ok, true);
  });

  it('is also cleared when the next run finds nothing new', async () => {
    await backUp();
    await recordJobResult(project, 'backup', 'it failed', ports);
    assert.equal((await backUp()).status, 'unchanged');
    assert.equal(recorded()?.ok, true);
  });

  it('makes the next successful backup write a job record', async () => {
    await recordJobResultInStore('drill');
    const path = join(project.storePath, '.jobs.json');
    const before = [statSync(path).ino, readFileSync(path, 'utf8')];
    await backUp();
    change();
    await backUp();
    assert.deepEqual([statSync(path).ino, readFileSync(path, 'utf8')], before);
    assert.equal(recorded(), undefined);
  });

  it('does not make a later backup fail if its record cannot be cleared', async () => {
    await recordJobResultInStore('backup');
    const renameSync: Ports['files']['renameSync'] = (from, to) => {
      if (to === join(project.storePath, '.jobs.json')) throw systemError('EIO');
      ports.files.renameSync(from, to);
    };
    const outcome = await createBackup(project, MANUAL, { ...ports, files: { ...ports.files, renameSync } });
    assert.deepEqual([outcome.status, recorded()?.ok], ['created', false]);
  });

  it('is not recorded if the user cancelled, or in the store if another process held its lock', async () => {
    await backUp();
    for (const code of ['store-busy', 'cancelled', 'database-not-found'] as const) {
      await recordFailure(project, new BackupError('in passing', { code, operation: 'back up' }), ports);
      assert.equal(recorded(), undefined, code);
    }
    assert.deepEqual([unstored()?.count, unstored()?.problem], [1, 'in passing']);
    await recordFailure(project, 'no error at all', ports);
    assert.equal(recorded()?.problem, 'no error at all');
    await recordFailure(project, new Error('a fault'), ports);
    assert.equal(recorded()?.problem, 'a fault');
  });

  it('is reported even if it cannot be recorded', async () => {
    prepareStore(project, ports);
    rmSync(project.storePath, { recursive: true });
    writeFileSync(project.storePath, 'no folder');
    await recordFailure(project, new Error('a fault'), ports);
    assert.equal(readFileSync(project.storePath, 'utf8'), 'no folder');
    assert.equal(unstored()?.problem, 'a fault');
  });

  it('is recorded in the state folder while the store cannot be written, until a backup succeeds', async () => {
    const refuse = (at: string): Ports => {
      const make: Ports['files']['mkdirSync'] = ((path: string, options: object) => {
        if (path.startsWith(project.storePath)) throw systemError('EROFS');
        ports.files.mkdirSync(path, options);
      }) as Ports['files']['mkdirSync'];
      return { ...ports, now: () => new Date(at), files: { ...ports.files, mkdirSync: make } };
    };
    for (const at of ['2026-01-25T10:00:00Z', '2026-01-25T10:05:00Z']) {
      await assert.rejects(createBackup(project, MANUAL, refuse(at)), { code: 'read-only' });
    }
    assert.deepEqual(
      [unstored()?.count, unstored()?.since.slice(0, 16), unstored()?.at.slice(0, 16)],
      [2, '2026-01-25T10:00', '2026-01-25T10:05'],
    );
    assert.match(unstored()?.hint ?? '', /mounted read-only/);
    await backUp();
    assert.equal(unstored(), undefined);
  });

  it('removes the leftovers of a killed run from the state folder, but no file that is just being written', () => {
    const state = folder.join('state');
    const withState = { ...ports, environment: { FEATURE_BACKUPS_STATE: state } };
    const recordOne = () => {
      recordUnstoredFailure(project, { problem: 'it failed', hint: undefined }, withState);
    };
    recordOne();
    const failures = join(state, 'backup-failures');
    const [record = ''] = readdirSync(failures);
    const [left, current] = ['dead', 'running'].map(() => `.${record}.${uniqueToken()}`);
    for (const name of [left, current]) writeFileSync(join(failures, String(name)), '');
    utimesSync(join(failures, String(left)), new Date('2026-01-25'), new Date('2026-01-25'));
    recordOne();
    assert.deepEqual(readdirSync(failures).sort(), [String(current), record].sort());
    assert.equal(readUnstoredFailure(project, withState)?.count, 2);
  });

  /** How long a lock timeout takes on the simulated clock. */
  const waitedMs = async (wait: (waiting: Ports) => Promise<void>): Promise<number> => {
    let clockMs = 0;
    const system = {
      ...realSystem,
      monotonicMs: () => clockMs,
      pause: async (ms: number) => {
        clockMs += ms + 1;
        await realSystem.pause(0);
      },
    };
    prepareStore(project, ports);
    await withStoreLock(project.storePath, ports, async () => {
      await wait({ ...ports, system });
    });
    return clockMs;
  };

  it('waits only briefly for the lock that it needs to be recorded', async () => {
    const ms = await waitedMs(async (waiting) => await recordFailure(project, new Error('a fault'), waiting));
    assert.ok(ms >= 200 && ms < 1000, ms.toString());
    assert.equal(recorded(), undefined);
  });

  it('waits for the lock as long as configured', async () => {
    const ms = await waitedMs(async (waiting) => {
      await assert.rejects(createBackup(project, MANUAL, waiting, { lockTimeoutMs: 1500 }), { code: 'store-busy' });
    });
    assert.ok(ms >= 1500 && ms < 3000, ms.toString());
    const defaultMs = await waitedMs(async (waiting) => {
      await assert.rejects(createBackup(project, MANUAL, waiting), { code: 'store-busy' });
    });
    assert.ok(defaultMs >= 15_000 && defaultMs < 17_000, defaultMs.toString());
  });

  for (const source of ['agent-hook', 'mcp'] as const) {
    it(`waits in full only once for the same owner of the lock before a call of an agent: ${source}`, async () => {
      const trigger = { source, reason: 'before_skip' };
      const owner = new RegExp(`in use by process ${process.pid.toString()} on .* since [^;]*`);
      const full = /; waited 10 s$/;
      const call = (waiting: Ports, end: RegExp) =>
        assert.rejects(createBackup(project, trigger, waiting), {
          code: 'store-busy',
          message: new RegExp(`${owner.source}${end.source}`),
        });
      const ms = await waitedMs(async (waiting) => {
        await call(waiting, full);
        await call(waiting, /$/);
        await call(waiting, /$/);
        // Everybody else goes on waiting.
        await assert.rejects(createBackup(project, MANUAL, waiting, { lockTimeoutMs: 5000 }), { code: 'store-busy' });
      });
      assert.ok(ms >= 15_000 && ms < 17_000, ms.toString());
      // The next owner is waited for.
      await waitedMs(async (waiting) => await call(waiting, full));
      assert.equal((await createBackup(project, trigger, ports)).status, 'created');
      assert.equal(unstored(), undefined);
    });
  }

  it('calls afterBackup after a failure, a backup and damage, but not for an unchanged database', async () => {
    const calls: string[] = [];
    const afterBackup: CreateOptions['afterBackup'] = (of, given) => {
      assert.deepEqual([of, given], [project, ports]);
      calls.push(recorded()?.ok === false ? 'failed' : 'well');
    };
    await assert.rejects(backUp({ maxSizeBytes: 100, afterBackup }), { code: 'too-large' });
    await backUp({ afterBackup });
    assert.deepEqual(calls.splice(0), ['failed', 'well']);
    await backUp({ afterBackup });
    assert.deepEqual(calls.splice(0), []);
    writeFileSync(project.databasePath, 'damaged');
    assert.equal((await backUp({ afterBackup })).status, 'damaged');
    assert.equal(calls.length, 1);
  });

  const recordJobResultInStore = async (job: 'backup' | 'drill') => {
    prepareStore(project, ports);
    await recordJobResult(project, job, job === 'backup' ? 'it failed' : undefined, ports);
  };
});
