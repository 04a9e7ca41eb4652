import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BackupError } from '../../../core/system/errors.js';
import { EngineProcess, type EngineOptions } from '../../../extension/engine/engineProcess.js';
import { ask, write } from '../../extension/support/writer.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const root = join(import.meta.dirname, '../../..');
const trigger = { source: 'editor', reason: 'manual' } as const;

describe('the engine process', () => {
  const folder = useTemporaryFolder();
  const engines: EngineProcess[] = [];
  let project: string;

  beforeEach(async () => {
    project = folder.join('project');
    await cp(join(root, 'test/fixtures/autoforge-live/2-after-200-passing'), join(project, '.autoforge'), {
      recursive: true,
    });
  });
  afterEach(() => {
    for (const engine of engines.splice(0)) engine.dispose();
  });

  it('starts with the first call, and answers several in order', async () => {
    const engine = start();
    assert.equal(engine.pid, undefined);
    const [outcome, reading] = await Promise.all([
      engine.call('backUp', { root: project, trigger }),
      engine.call('readProject', { root: project }),
    ]);
    assert.equal(outcome.status, 'created');
    assert.deepEqual(reading?.overview?.live?.counts, { total: 598, passing: 200, inProgress: 0 });
    assert.ok(reading.overview.backups[0]?.createdAt instanceof Date);
  });

  it('starts a process that outlives it and syncs scheduled backups to the targets', async () => {
    const [store, disk, config] = [join(project, '.feature_backups'), folder.join('disk'), folder.join('config')];
    for (const path of [store, disk, join(config, 'feature-backups')]) await mkdir(path, { recursive: true });
    const targets = [{ name: 'disk', folder: disk }];
    await writeFile(join(config, 'feature-backups', 'config.json'), JSON.stringify({ targets }));
    await writeFile(join(project, '.feature-backups.json'), '{ "schedule": { "backup": "0 * * * *", "drill": "" } }');
    const claimed = { 'scheduled-backup': { claimedDueAt: '2020-06-01T00:00:00.000Z' } };
    await writeFile(join(store, '.jobs.json'), JSON.stringify(claimed));

    const environment = { HOME: folder.path, XDG_CONFIG_HOME: config, FEATURE_BACKUPS_STATE: folder.join('state') };
    const engine = start({ environment });
    const { runs } = await engine.call('runDueJobs', { roots: [project] });
    assert.deepEqual(
      runs.map(({ job, problem }) => [job, problem]),
      [['scheduled-backup', undefined]],
    );
    engine.dispose();
    const isDone = async (): Promise<boolean> => {
      const jobs = JSON.parse(await readFile(join(store, '.jobs.json'), 'utf8')) as Readonly<Record<string, unknown>>;
      // The folder must exist until the process ends.
      return 'replicate:disk' in jobs && !existsSync(join(store, '.follow-up', '.lock'));
    };
    while (!(await isDone())) await pause(20);
    const copies = await readdir(disk, { recursive: true });
    assert.equal(copies.filter((name) => name.endsWith('_scheduled.db.gz')).length, 1, copies.join());
  });

  it('returns undefined for a folder without a project', async () => {
    assert.equal(await start().call('readProject', { root: folder.path }), undefined);
  });

  it('throws errors of the engine with code and hint', async () => {
    const call = start().call('verify', { root: project, id: 'no_such_backup' });
    await assert.rejects(
      call,
      (error) => error instanceof BackupError && error.code === 'backup-not-found' && error.hint !== undefined,
    );
  });

  it('stops when idle, and starts again with the next call', async () => {
    const engine = start({ idleMs: 50 });
    await engine.call('readProject', { root: project });
    const first = engine.pid;
    assert.ok(first);
    await gone(first);
    await engine.call('readProject', { root: project });
    assert.notEqual(engine.pid, first);
  });

  it('fails only the current call if the process dies', async () => {
    const engine = start();
    const [dead, alive] = await killed(engine, [
      engine.call('readProject', { root: project }),
      engine.call('readProject', { root: project }),
    ]);
    assert.ok(dead.status === 'rejected' && dead.reason instanceof BackupError);
    assert.match(dead.reason.message, /ended unexpectedly/);
    assert.equal(alive.status, 'fulfilled');
  });

  it('stops a call that exceeds the time limit, and continues with the next', async () => {
    const hanging = folder.join('hanging.cjs');
    await writeFile(hanging, HANGING);
    const engine = start({ entry: hanging, timeLimitMs: () => 1500 });
    const [slow, quick] = await Promise.allSettled([
      engine.call('verify', { root: project, id: 'x' }),
      engine.call('readProject', { root: project }),
    ]);
    assert.ok(slow.status === 'rejected' && slow.reason instanceof BackupError && slow.reason.code === 'time-limit');
    assert.equal(quick.status, 'fulfilled');
  });

  it('stops a cancelled call that only reads, although the process is busy', async () => {
    const hanging = folder.join('hanging.cjs');
    await writeFile(hanging, HANGING);
    const abort = new AbortController();
    const engine = start({ entry: hanging });
    const call = engine.call('verify', { root: project, id: 'x' }, { signal: abort.signal });
    abort.abort();
    await assert.rejects(call, (error) => error instanceof BackupError && error.code === 'cancelled');
  });

  it('lets a cancelled restore finish', async () => {
    const engine = start();
    const { backup } = (await engine.call('backUp', { root: project, trigger })) as { backup: { id: string } };
    const before = ask(project, 'SELECT priority FROM features WHERE id = 1');
    write(project, 'UPDATE features SET priority = 98765 WHERE id = 1');
    const abort = new AbortController();
    const call = engine.call('restore', { root: project, id: backup.id, force: false }, { signal: abort.signal });
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    assert.equal((await call).status, 'restored');
    assert.equal(ask(project, 'SELECT priority FROM features WHERE id = 1'), before);
  });

  it('drops a cancelled call that has not started', async () => {
    const engine = start();
    const abort = new AbortController();
    const first = engine.call('readProject', { root: project });
    const second = engine.call('backUp', { root: project, trigger }, { signal: abort.signal });
    abort.abort();
    await assert.rejects(second, /Cancelled/);
    assert.deepEqual((await first)?.overview?.backups, []);
    assert.deepEqual((await engine.call('readProject', { root: project }))?.overview?.backups, []);
  });

  it('ends with its editor', async () => {
    const engine = start();
    await engine.call('readProject', { root: project });
    const { pid } = engine;
    assert.ok(pid);
    engine.dispose();
    await gone(pid);
    await assert.rejects(engine.call('readProject', { root: project }), /Cancelled/);
  });

  it('finishes an uninterruptible call before it ends with its editor', async () => {
    const engine = start();
    const { backup } = (await engine.call('backUp', { root: project, trigger })) as { backup: { id: string } };
    const before = ask(project, 'SELECT priority FROM features WHERE id = 1');
    write(project, 'UPDATE features SET priority = 98765 WHERE id = 1');
    const { pid } = engine;
    assert.ok(pid);
    const call = engine.call('restore', { root: project, id: backup.id, force: false });
    engine.dispose();
    await assert.rejects(call, (error) => error instanceof BackupError && error.code === 'cancelled');
    await gone(pid);
    assert.equal(ask(project, 'SELECT priority FROM features WHERE id = 1'), before);
  });

  function start(
    options: Partial<Pick<EngineOptions, 'entry' | 'idleMs' | 'timeLimitMs' | 'environment'>> = {},
  ): EngineProcess {
    const engine = new EngineProcess({
      entry: join(root, 'dist/engine-host.cjs'),
      idleMs: 60_000,
      timeLimitMs: () => 60_000,
      onLog: () => undefined,
      ...options,
    });
    engines.push(engine);
    return engine;
  }
});

/** A child that never responds to `verify` and blocks its event loop. */
const HANGING = `
process.on('message', ({ callId, operation }) => {
  if (operation === 'verify') for (;;);
  process.send({ kind: 'result', callId, value: undefined });
});`;

async function killed(engine: EngineProcess, calls: readonly Promise<unknown>[]) {
  if (engine.pid === undefined) throw new Error('the first call starts the process at once');
  process.kill(engine.pid, 'SIGKILL');
  const [first, second] = await Promise.allSettled(calls);
  if (first === undefined || second === undefined) throw new Error('two calls are expected');
  return [first, second] as const;
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
