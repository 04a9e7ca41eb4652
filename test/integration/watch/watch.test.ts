import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { JOBS_FILE } from '../../../core/store/storeFiles.js';
import { realPorts } from '../../../core/system/ports.js';
import { makeFeatureDatabase, readDatabase, startPython, type PythonProcess } from '../../support/pythonSqlite.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { assertNoLeftovers, StoreProof } from '../../support/storeProof.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { startWatch, type WatchLine, type WatchProcess } from '../../support/watchProcess.js';

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed in the meantime.
    return '';
  }
}

const WRITER = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
print('ready')
for line in sys.stdin:
  c.execute('UPDATE features SET passes = 1 WHERE id = (SELECT min(id) FROM features WHERE passes = 0)')
  print(c.execute('SELECT sum(passes) FROM features').fetchone()[0])
`;

describe('feature-backups watch', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const running: (WatchProcess | PythonProcess)[] = [];
  const environment = () => ({
    HOME: folder.join('home'),
    FEATURE_BACKUPS_STATE: folder.join('state'),
    XDG_CONFIG_HOME: folder.join('home', '.config'),
  });

  beforeEach(() => mkdirSync(folder.join('home', '.config', 'feature-backups'), { recursive: true }));
  afterEach(async () => {
    for (const process of running.splice(0)) {
      if ('stop' in process) await process.stop();
      else {
        process.kill('SIGKILL');
        await process.ended;
      }
    }
  });

  const watch = (...args: readonly string[]): WatchProcess => {
    const started = startWatch(args, environment());
    running.push(started);
    return started;
  };
  const write = async (root: string): Promise<PythonProcess> => {
    const writer = await startPython(WRITER, [join(root, 'features.db')]);
    running.push(writer);
    return writer;
  };
  const make = (name: string, journalMode: 'wal' | 'delete' = 'wal', features = 20): string => {
    const root = folder.join(name);
    makeFeatureDatabase(join(root, 'features.db'), { features, passing: 0, journalMode });
    return root;
  };
  const backups = (root: string) => readCatalog(testProject(root), realPorts()).backups;
  const backedUp = (root: string, passing?: number) => (line: WatchLine) =>
    line.event === 'backed-up' &&
    line.project === root &&
    (passing === undefined || (line.backup as { passingCount: number }).passingCount === passing);
  const eventOf = (event: string, project: string | null) => (line: WatchLine) =>
    line.event === event && line.project === project;
  const userConfiguration = (content: object): void =>
    writeFileSync(folder.join('home', '.config', 'feature-backups', 'config.json'), JSON.stringify(content));

  for (const journalMode of ['wal', 'delete'] as const) {
    it(`backs up every settled change of two projects that are written at once (${journalMode})`, async () => {
      const roots = [make('a', journalMode), make('b', journalMode)];
      const watcher = watch(...roots);
      const begun = new Set<unknown>();
      while (begun.size < roots.length) begun.add((await watcher.next(({ event }) => event === 'backed-up')).project);
      const writers = await Promise.all(roots.map(write));
      for (const [at, root] of roots.entries()) {
        for (let i = 0; i <= at; i += 1) await writers[at]?.ask('write');
        await watcher.next(backedUp(root, at + 1));
      }
      watcher.kill('SIGTERM');
      assert.equal((await watcher.ended).code, 0);
      const proof = new StoreProof(folder.join('scratch'));
      for (const root of roots) {
        assert.deepEqual(
          backups(root).map(({ metadata }) => metadata?.source),
          ['watch', 'watch'],
        );
        assertNoLeftovers(testProject(root));
        proof.add(testProject(root), root);
      }
      proof.finish();
    });
  }

  it('backs up regularly while a process writes without a pause', async () => {
    const root = make('a', 'wal', 2000);
    const watcher = watch(root, '--quiet-time', '600', '--longest-wait', '1');
    const writer = await write(root);
    const seen: unknown[] = [];
    const waiting = (async () => {
      while (seen.length < 3) seen.push((await watcher.next(backedUp(root))).backup);
    })();
    const writes: Promise<unknown>[] = [];
    const writing = setInterval(() => writes.push(writer.ask('write')), 40);
    await waiting.finally(() => clearInterval(writing));
    await Promise.all(writes);
    assert.equal(new Set(seen.map((backup) => (backup as { id: string }).id)).size, 3);
  });

  it('keeps no file of a live database open', async () => {
    const root = make('a');
    const watcher = watch(root);
    await watcher.next(backedUp(root));
    const folderOfFiles = `/proc/${watcher.pid}/fd`;
    for (let attempt = 0; attempt < 500; attempt += 1) {
      const open = readdirSync(folderOfFiles).map((name) => readLink(join(folderOfFiles, name)));
      assert.ok(open.length > 3);
      // A regular check opens it briefly, so it may be open sometimes but not always.
      if (!open.some((path) => path.startsWith(root))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.fail('It was open at every check');
  });

  it('refuses a second watcher, naming the first, and takes over from a killed one', async () => {
    const root = make('a');
    const first = watch(root);
    await first.next(backedUp(root));
    const second = await runCliJson(['watch', root], { env: environment() });
    assert.equal(second.code, 6);
    assert.match(JSON.stringify(second.document), new RegExp(`process ${first.pid} on `));
    assert.equal((await runCli(['watch', '--once', root], { env: environment() })).code, 6);

    const status = await runCliJson(['service', 'status'], { env: environment() });
    assert.equal((status.document.watcher as { pid: number }).pid, first.pid);

    first.kill('SIGKILL');
    await first.ended;
    const none = await runCliJson(['service', 'status'], { env: environment() });
    assert.equal(none.document.watcher, null);
    const third = watch(root);
    await third.next(({ event }) => event === 'watching');
    third.kill('SIGINT');
    assert.equal((await third.ended).code, 0);
    assert.deepEqual(readdirSync(folder.join('state', 'watch')), []);
  });

  it('backs up at its start what was written while it was not running', async () => {
    const root = make('a');
    const first = watch(root);
    await first.next(backedUp(root, 0));
    first.kill('SIGKILL');
    await first.ended;
    const writer = await write(root);
    await writer.ask('write');
    await watch(root).next(backedUp(root, 1));
  });

  it('backs up pending changes when it is stopped', async () => {
    const root = make('a');
    const watcher = watch(root, '--quiet-time', '600', '--longest-wait', '600', '--look-every', '600');
    await watcher.next(({ event }) => event === 'watching');
    const writer = await write(root);
    await writer.ask('write');
    watcher.kill('SIGTERM');
    assert.equal((await watcher.ended).code, 0);
    assert.equal(backups(root)[0]?.counts.passing, 1);
  });

  it('continues with the others while a database or project is missing, and with it once it returns', async () => {
    const [gone, other] = [make('gone'), make('other')];
    const watcher = watch(gone, other);
    await watcher.next(backedUp(gone));
    rmSync(join(gone, 'features.db'));
    const { error } = await watcher.next(eventOf('trouble', gone));
    assert.equal((error as { code: string }).code, 'database-not-found');
    makeFeatureDatabase(join(gone, 'features.db'), { features: 3, passing: 2 });
    await watcher.next(backedUp(gone, 2));

    renameSync(gone, folder.join('elsewhere'));
    await watcher.next(eventOf('trouble', gone));
    const writer = await write(other);
    await writer.ask('write');
    await watcher.next(backedUp(other, 1));
    cpSync(folder.join('elsewhere'), gone, { recursive: true });
    makeFeatureDatabase(folder.join('new.db'), { features: 4, passing: 4 });
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(gone, `features.db${suffix}`), { force: true });
    cpSync(folder.join('new.db'), join(gone, 'features.db'));
    await watcher.next(backedUp(gone, 4));
  });

  it('makes another backup if the newest one or the store was deleted', async () => {
    const root = make('a');
    const watcher = watch(root, '--look-every', '1');
    await watcher.next(backedUp(root));
    const [newest] = backups(root);
    rmSync(newest?.path ?? '');
    await watcher.next(backedUp(root));
    rmSync(testProject(root).storePath, { recursive: true });
    await watcher.next(backedUp(root));
    assert.equal(backups(root).length, 1);
  });

  it('does not report first backups that it is about to make as missing', async () => {
    const roots = [make('a'), make('b'), make('c')];
    const asked: string[] = [];
    const receiver = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    userConfiguration({ notifications: { ping: { url: `http://127.0.0.1:${port}/ping` } } });
    const watcher = watch(...roots);
    let made = 0;
    while (made < roots.length) {
      await watcher.next((line) => line.event === 'backed-up');
      made += 1;
    }
    while (asked.length === 0) await pause(50);
    watcher.kill('SIGTERM');
    await watcher.ended;
    receiver.close();
    assert.deepEqual([...new Set(asked)], ['/ping']);
  });

  it('reports a damaged database, and continues once it is repaired', async () => {
    const root = make('a');
    const watcher = watch(root);
    await watcher.next(backedUp(root));
    for (const suffix of ['-wal', '-shm']) rmSync(join(root, `features.db${suffix}`), { force: true });
    writeFileSync(join(root, 'features.db'), 'this is not a database '.repeat(300));
    await watcher.next(eventOf('damaged', root));
    rmSync(join(root, 'features.db'));
    makeFeatureDatabase(join(root, 'features.db'), { features: 5, passing: 5 });
    await watcher.next(backedUp(root, 5));
  });

  it('reports an unusable store once, and catches up later', async () => {
    const root = make('a');
    writeFileSync(join(root, '.feature_backups'), 'in the way');
    const watcher = watch(root);
    const { doing } = await watcher.next(eventOf('trouble', root));
    // A few passes later: one a second.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    rmSync(join(root, '.feature_backups'));
    await watcher.next((line) => eventOf('trouble-over', root)(line) && line.doing === doing);
    await watcher.next(backedUp(root));
    assert.equal(watcher.lines.filter(({ event }) => event === 'trouble').length, 1);
  });

  it('watches all known projects, including those configured later', async () => {
    const [first, second] = [make('first'), make('second')];
    userConfiguration({ projects: [first] });
    const watcher = watch();
    await watcher.next(backedUp(first));
    userConfiguration({ projects: [first, second] });
    await watcher.next(eventOf('project-added', second));
    await watcher.next(backedUp(second));
    userConfiguration({ projects: [second] });
    await watcher.next(eventOf('project-removed', first));
    const writer = await write(second);
    await writer.ask('write');
    await watcher.next(backedUp(second, 1));
    userConfiguration({ projects: 'wrong' });
    await watcher.next(eventOf('trouble', null));
    await writer.ask('write');
    await watcher.next(backedUp(second, 2));
  });

  it('continues when a configuration becomes invalid, and follows it once it is valid', async () => {
    const root = make('a');
    const watcher = watch(root);
    await watcher.next(backedUp(root));
    writeFileSync(join(root, '.feature-backups.json'), '{ "store": 7 }');
    const { error } = await watcher.next(eventOf('trouble', root));
    assert.equal((error as { code: string }).code, 'configuration');
    writeFileSync(join(root, '.feature-backups.json'), '{ "store": "copies" }');
    await watcher.next(backedUp(root));
    assert.equal(readdirSync(join(root, 'copies')).filter((name) => name.endsWith('.db')).length, 1);
  });

  it('runs a missed scheduled backup once, even with several watchers', async () => {
    const root = make('a');
    writeFileSync(
      join(root, '.feature-backups.json'),
      '{ "schedule": { "backup": "0 0 1 1 *", "drill": "0 0 1 1 *" } }',
    );
    await runCli(['backup', root], { env: environment() });
    const longAgo = { claimedDueAt: '2020-06-01T00:00:00.000Z' };
    writeFileSync(
      join(root, '.feature_backups', JOBS_FILE),
      JSON.stringify({ 'scheduled-backup': longAgo, drill: longAgo }),
    );
    const states = ['state', 'state2', 'state3'].map((name) => folder.join(name));
    const runs = await Promise.all(
      states.map(async (state) => {
        const env = { ...environment(), FEATURE_BACKUPS_STATE: state };
        return await runCli(['watch', '--once', '--json', root], { env });
      }),
    );
    const jobs = runs
      .flatMap(({ stdout }) => stdout.trim().split('\n'))
      .map((line) => JSON.parse(line) as WatchLine)
      .filter(({ event }) => event === 'job');
    assert.deepEqual(jobs.map(({ job }) => job).toSorted(), ['drill', 'scheduled-backup']);
    assert.deepEqual(
      jobs.map(({ problem }) => problem),
      [null, null],
    );
    assert.equal(backups(root)[0]?.metadata?.events.filter(({ source }) => source === 'schedule').length, 1);
  });

  it('syncs scheduled backups to the targets', async () => {
    const root = make('a');
    mkdirSync(folder.join('disk'));
    userConfiguration({ targets: [{ name: 'disk', folder: folder.join('disk') }], schedule: { backup: '0 * * * *' } });
    mkdirSync(join(root, '.feature_backups'));
    writeFileSync(
      join(root, '.feature_backups', JOBS_FILE),
      JSON.stringify({ 'scheduled-backup': { claimedDueAt: '2020-06-01T00:00:00.000Z' } }),
    );
    const { stdout } = await runCli(['watch', '--once', '--json', root], { env: environment() });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as WatchLine);
    assert.deepEqual(
      lines.map(({ event }) => event).filter((event) => event === 'job' || event === 'copied'),
      ['job', 'copied'],
    );
    assert.deepEqual(
      backups(root).map(({ metadata }) => metadata?.source),
      ['schedule'],
    );
  });

  it('checks once and exits with the code of the worst problem', async () => {
    const [sound, damaged] = [make('sound'), folder.join('damaged')];
    const once = async (...roots: readonly string[]) =>
      await runCli(['watch', '--once', ...roots], { env: environment() });
    assert.equal((await once(sound)).code, 0);
    assert.equal(backups(sound).length, 1);
    assert.equal((await once(sound, folder.join('nowhere'))).code, 4);
    mkdirSync(damaged);
    writeFileSync(join(damaged, 'features.db'), 'not a database '.repeat(500));
    assert.equal((await once(folder.join('nowhere'), damaged, sound)).code, 3);
    // A missing project is not a failure if it is only listed.
    userConfiguration({ projects: [sound, folder.join('nowhere')] });
    const listed = await once();
    assert.equal(listed.code, 0);
    assert.match(listed.stderr, /nowhere: could not find the project/);
    assert.equal(readDatabase(join(sound, 'features.db')).integrity, 'ok');
    assert.equal(existsSync(folder.join('nowhere')), false);
  });

  it('refuses invalid times', async () => {
    for (const time of ['soon', '-1', '', '1e9', 'NaN']) {
      const { code, stderr } = await runCli(['watch', `--quiet-time=${time}`], { env: environment() });
      assert.equal(code, 2, time);
      assert.match(stderr, /--quiet-time takes a number of seconds/);
    }
  });
});
