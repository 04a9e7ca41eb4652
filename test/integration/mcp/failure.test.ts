import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  cpSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { backUp, listBackups } from '../../../core/engine.js';
import { assess } from '../../../core/health/index.js';
import { realPorts } from '../../../core/system/index.js';
import { connectClient } from '../../support/mcp/mcpClient.js';
import { startRaw } from '../../support/mcp/rawTap.js';
import { behindTap, featureServer, type ServerCommand } from '../../support/mcp/servers.js';
import { makeFeatureDatabase, readDatabase } from '../../support/pythonSqlite.js';
import { CLI_PATH } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const CAT = { command: 'cat', args: [] };
const write = (id: number | string): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'feature_skip', arguments: { feature_id: 1 } } })}\n`;

describe('a failed backup in the tap', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const database = (): string => folder.join('features.db');

  const failures: Record<string, (server: ServerCommand) => ServerCommand> = {
    'a file has the store’s name': (server) => {
      writeFileSync(folder.join('.feature_backups'), 'mine');
      return server;
    },
    'the store is read-only': (server) => onMount('size=1m,ro', server),
    'the disk is full': (server) => onMount('size=4k', server),
  };
  for (const [title, prepare] of Object.entries(failures)) {
    it(`continues with a warning to client and standard error: ${title}`, async function () {
      if (title !== Object.keys(failures)[0] && !canMount()) this.skip();
      makeFeatureDatabase(database(), { features: 50, passing: 0 });
      const tap = prepare(behindTap(await featureServer()));
      const { client, call, logged, stderr } = await connectClient(tap, {
        PROJECT_DIR: folder.path,
        WITH_LOGGING: '1',
      });
      const result = await call('feature_mark_passing', { feature_id: 1 });
      assert.equal(result.isError, false);
      assert.equal((await call('feature_get_stats')).isError, false);
      await client.close();
      assert.match(logged[0] ?? '', /feature_mark_passing, but the call continues/);
      assert.match(stderr(), /feature-backups: no backup was made before feature_mark_passing/);
      assert.equal(readDatabase(database()).passing, 1);
    });

    it(`blocks the call with an error if configured: ${title}`, async function () {
      if (title !== Object.keys(failures)[0] && !canMount()) this.skip();
      makeFeatureDatabase(database(), { features: 50, passing: 0 });
      const tap = prepare(behindTap(await featureServer(), '--on-failure', 'block'));
      const { client, call } = await connectClient(tap, { PROJECT_DIR: folder.path });
      const result = await call('feature_mark_passing', { feature_id: 1 });
      assert.equal(result.isError, true);
      assert.match(result.text, /not run.*tell the user/s);
      assert.doesNotMatch(result.text, /\brm\b|--force|delete /);
      assert.equal((await call('feature_get_stats')).isError, false);
      await client.close();
      assert.equal(readDatabase(database()).passing, 0);
    });
  }

  it('blocks if the project’s configuration is strict', async () => {
    makeFeatureDatabase(database(), { features: 3, passing: 0 });
    writeFileSync(folder.join('.feature-backups.json'), '{ "strict": true }');
    writeFileSync(folder.join('.feature_backups'), 'mine');
    const { client, call } = await connectClient(behindTap(await featureServer()), { PROJECT_DIR: folder.path });
    assert.equal((await call('feature_mark_passing', { feature_id: 1 })).isError, true);
    await client.close();
  });

  it('backs up where the server works, and reports or blocks if the settings name a folder that is gone', async () => {
    makeFeatureDatabase(database(), { features: 3, passing: 0 });
    const gone = ['--project', folder.join('gone')];
    const lenient = await connectClient(behindTap(await featureServer(), ...gone), { PROJECT_DIR: folder.path });
    assert.equal((await lenient.call('feature_mark_passing', { feature_id: 1 })).isError, false);
    await lenient.client.close();
    assert.match(lenient.stderr(), /before feature_mark_passing.*names? the project .*gone, which does not exist/);
    assert.equal((await listBackups(folder.path)).backups.at(-1)?.reason, 'before_mark_passing');

    writeFileSync(folder.join('.feature-backups.json'), '{ "strict": true }');
    const strict = await connectClient(behindTap(await featureServer(), ...gone), { PROJECT_DIR: folder.path });
    const result = await strict.call('feature_mark_passing', { feature_id: 2 });
    await strict.client.close();
    assert.equal(result.isError, true);
    assert.match(result.text, /gone, which does not exist\. .*tell the user/);
  });

  it('backs up a copy and the original that its settings name', async () => {
    for (const name of ['original', 'copy']) {
      makeFeatureDatabase(folder.join(name, 'features.db'), { features: 3, passing: 0 });
    }
    const tap = behindTap(await featureServer(), '--project', folder.join('original'));
    const { client, call } = await connectClient(tap, { PROJECT_DIR: folder.join('copy') });
    await call('feature_mark_passing', { feature_id: 1 });
    await client.close();
    for (const name of ['original', 'copy']) {
      assert.equal((await listBackups(folder.join(name))).backups.at(-1)?.reason, 'before_mark_passing', name);
    }
  });

  it('shows control characters in a path as escapes, to the client and on standard error', async () => {
    const project = folder.join('p\u009B31m\u202E');
    makeFeatureDatabase(join(project, 'features.db'), { features: 3, passing: 0 });
    writeFileSync(join(project, '.feature_backups'), 'mine');
    const expected = 'p\\x9b31m\\u202e/.feature_backups';
    const server = await featureServer();
    const warned = await connectClient(behindTap(server), { PROJECT_DIR: project, WITH_LOGGING: '1' });
    await warned.call('feature_mark_passing', { feature_id: 1 });
    await warned.client.close();
    const blocked = await connectClient(behindTap(server, '--on-failure', 'block'), { PROJECT_DIR: project });
    const { text } = await blocked.call('feature_mark_passing', { feature_id: 1 });
    await blocked.client.close();
    for (const shown of [warned.stderr(), warned.logged[0] ?? '', blocked.stderr(), text]) {
      assert.ok(shown.includes(expected), shown);
    }
  });

  it('continues, or blocks if configured, when the backup thread crashes each time', async () => {
    makeFeatureDatabase(database(), { features: 3, passing: 0 });
    const server = await featureServer();
    for (const blocks of [false, true]) {
      const tap = withCrashingThread(behindTap(server, '--on-failure', blocks ? 'block' : 'continue'));
      const { client, call, stderr } = await connectClient(tap, { PROJECT_DIR: folder.path });
      for (const id of [1, 2]) {
        const { text, isError } = await call('feature_mark_passing', { feature_id: id });
        assert.equal(isError, blocks);
        assert.equal(/not run.*the backup thread crashed \(out of luck\)/s.test(text), blocks, text);
      }
      assert.equal((await call('feature_get_stats')).isError, false);
      await client.close();
      assert.match(stderr(), /feature_mark_passing.*the backup thread crashed/);
    }
    assert.equal(readDatabase(database()).passing, 2);
  });

  it('records for status that the backup thread crashed, and still backs up the last write', async () => {
    makeFeatureDatabase(database(), { features: 3, passing: 0 });
    const crash = `parentPort?.on('message', (message) => {
      if ('trigger' in message) throw new Error('out of luck');
    });
    require('./whole-worker.cjs');`;
    const tap = withThread(crash, behindTap(await featureServer()));
    const { client, call } = await connectClient(tap, { PROJECT_DIR: folder.path });
    await call('feature_mark_passing', { feature_id: 1 });
    const problems = async () => (await assess(testProject(folder.path), realPorts())).problems;
    const isRecorded = async () => (await problems()).some(({ message }) => message.includes('out of luck'));
    while (!(await isRecorded())) await new Promise((resolve) => setTimeout(resolve, 50));
    await client.close();
    const isBackedUp = async () => (await listBackups(folder.path)).newest?.reason === 'after_session';
    while (!(await isBackedUp())) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await listBackups(folder.path)).newest?.counts.passing, 1);
  });

  it('reports each problem once to the client and on standard error, and again after a success', async () => {
    makeFeatureDatabase(database(), { features: 5, passing: 0 });
    const { client, call, logged, stderr } = await connectClient(behindTap(await featureServer()), {
      PROJECT_DIR: folder.path,
      WITH_LOGGING: '1',
    });
    const mark = async (id: number) =>
      assert.equal((await call('feature_mark_passing', { feature_id: id })).isError, false);
    const reports = () => [logged.length, stderr().match(/^feature-backups: /gm)?.length ?? 0];
    writeFileSync(folder.join('.feature_backups'), 'mine');
    for (const id of [1, 2]) await mark(id);
    assert.deepEqual(reports(), [1, 1]);
    rmSync(folder.join('.feature_backups'));
    await mark(3);
    rmSync(folder.join('.feature_backups'), { recursive: true });
    writeFileSync(folder.join('.feature_backups'), 'mine');
    for (const id of [4, 5]) await mark(id);
    await client.close();
    assert.deepEqual(reports(), [2, 2]);
  });

  it('suggests no command but status for a damaged database', async () => {
    for (const content of ['', 'no database at all'.repeat(500)]) {
      writeFileSync(database(), content);
      const tap = startRaw(behindTap(CAT, '--project', folder.path, '--on-failure', 'block'));
      tap.child.stdin.end(write(1));
      await tap.ended;
      const answer = tap.output().toString();
      assert.match(answer, /"isError":true/);
      assert.doesNotMatch(answer, /feature-backups (?!status)|--[a-z]|`|\brm\b|\bdelete\b/);
    }
  });

  it('sends no log message to a client without logging, or with a higher log level', async () => {
    makeFeatureDatabase(database(), { features: 3, passing: 0 });
    writeFileSync(folder.join('.feature_backups'), 'mine');
    const quiet = startRaw(behindTap(CAT, '--project', folder.path));
    quiet.child.stdin.end(write(1));
    await quiet.ended;
    assert.equal(quiet.output().toString(), write(1));
    const { client, call, logged } = await connectClient(behindTap(await featureServer()), {
      PROJECT_DIR: folder.path,
      WITH_LOGGING: '1',
    });
    await client.setLoggingLevel('error');
    await call('feature_skip', { feature_id: 1 });
    await client.setLoggingLevel('info');
    await call('feature_mark_passing', { feature_id: 1 });
    await client.close();
    assert.equal(logged.filter((text) => text.includes('feature_skip')).length, 0);
    assert.equal(logged.filter((text) => text.includes('feature_mark_passing')).length, 1);
  });

  it('reports a damaged live database once, saves its files, and blocks if configured', async () => {
    makeFeatureDatabase(database(), { features: 200, passing: 0, leave: 'damaged-wal' });
    const tap = startRaw(behindTap(CAT, '--project', folder.path));
    tap.child.stdin.end(write(1) + write(2));
    await tap.ended;
    assert.equal(tap.output().toString(), write(1) + write(2));
    assert.equal(tap.stderr().match(/is damaged/g)?.length, 1, tap.stderr());
    const { backups } = await listBackups(folder.path);
    assert.ok(backups.length > 0 && backups.every(({ kind }) => kind === 'emergency'));

    const strict = startRaw(behindTap(CAT, '--project', folder.path, '--on-failure', 'block'));
    strict.child.stdin.end(write('a'));
    await strict.ended;
    const answer = JSON.parse(strict.output().toString()) as { id: unknown; result: { isError: unknown } };
    assert.deepEqual([answer.id, answer.result.isError], ['a', true]);
  });

  it('answers every request of a blocked batch, and drops notifications', async () => {
    makeFeatureDatabase(database(), { features: 3, passing: 0 });
    writeFileSync(folder.join('.feature_backups'), 'mine');
    const tap = startRaw(behindTap(CAT, '--project', folder.path, '--on-failure', 'block'));
    tap.child.stdin.end(
      `[${write(1).trim()},{"jsonrpc":"2.0","id":2,"method":"ping"},{"jsonrpc":"2.0","method":"x"}]\nnot json\n{"method":"ok"}\n`,
    );
    await tap.ended;
    const [batch = '', ...others] = tap.output().toString().trim().split('\n');
    const answers = JSON.parse(batch) as { id: number; result?: { isError: boolean }; error?: object }[];
    assert.deepEqual(
      answers.map(({ id, result, error }) => [id, result?.isError, error !== undefined]),
      [
        [1, true, false],
        [2, undefined, true],
      ],
    );
    assert.deepEqual(others, ['{"method":"ok"}']);
  });

  it('does not keep the tap from ending while nobody reads standard error', async function () {
    if (process.platform !== 'linux') this.skip();
    makeFeatureDatabase(database(), { features: 3, passing: 0 });
    writeFileSync(folder.join('.feature_backups'), 'mine');
    const pipe = folder.join('stderr');
    spawnSync('mkfifo', [pipe]);
    const unread = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const full = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    fill(full);
    const blocking = openSync(pipe, constants.O_WRONLY);
    const { command, args } = behindTap(CAT, '--project', folder.path);
    const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', blocking] });
    try {
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output === write(1) + write(2) + write(3)) child.stdin?.end();
      });
      child.stdin?.write(write(1) + write(2) + write(3));
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0);
    } finally {
      child.kill('SIGKILL');
      for (const descriptor of [unread, full, blocking]) closeSync(descriptor);
    }
  });

  it('is silent without a database', async () => {
    const tap = startRaw(behindTap(CAT, '--project', folder.path, '--on-failure', 'block'));
    tap.child.stdin.end(write(1));
    await tap.ended;
    assert.equal(tap.output().toString(), write(1));
    assert.equal(tap.stderr(), '');
  });

  it('reports a missing database that has backups, and lets the write through even if strict', async () => {
    makeFeatureDatabase(database(), { features: 5, passing: 0 });
    await backUp(folder.path, { source: 'cli', reason: 'manual' });
    for (const suffix of ['', '-wal', '-shm']) rmSync(database() + suffix, { force: true });
    const tap = startRaw(behindTap(CAT, '--project', folder.path, '--on-failure', 'block'));
    tap.child.stdin.end(write(1));
    await tap.ended;
    assert.equal(tap.output().toString(), write(1));
    assert.match(tap.stderr(), /features\.db is missing; its backups in .* are untouched/);
  });

  it('neither forwards nor answers a call that is cancelled while it waits', async function () {
    if (process.platform !== 'linux') this.skip();
    makeFeatureDatabase(database(), { features: 3, passing: 0, journalMode: 'delete' });
    const holder = spawn('python3', ['-c', HOLD_EXCLUSIVELY, database()], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const tap = startRaw(behindTap(CAT, '--project', folder.path));
    const reads = '{"jsonrpc":"2.0","id":8,"method":"ping"}\n';
    tap.child.stdin.write(reads);
    await tap.saw(reads);
    tap.child.stdin.write(write(7) + reads.replace('8', '9'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(tap.output().toString(), reads);
    tap.child.stdin.write(
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"bored"}}\n',
    );
    await tap.saw('"id":9');
    holder.stdin.end();
    tap.child.stdin.end();
    await tap.ended;
    assert.equal(tap.output().toString(), reads + reads.replace('8', '9'));
  });

  function withCrashingThread(tap: ServerCommand): ServerCommand {
    return withThread("parentPort?.on('message', () => { throw new Error('out of luck') });", tap);
  }

  /** The built program, with another script for the backup thread. The real one is `whole-worker.cjs`. */
  function withThread(script: string, { command, args: [, ...args] }: ServerCommand): ServerCommand {
    const programs = folder.join('programs');
    cpSync(dirname(CLI_PATH), programs, { recursive: true });
    const worker = join(programs, 'tap-worker.cjs');
    renameSync(worker, join(programs, 'whole-worker.cjs'));
    writeFileSync(worker, `const { parentPort } = require('node:worker_threads');\n${script}`);
    return { command, args: [join(programs, 'feature-backups.cjs'), ...args] };
  }

  /** Mounts a file system on the store that only the tap can see. */
  function onMount(options: string, { command, args }: ServerCommand): ServerCommand {
    mkdirSync(folder.join('.feature_backups'));
    const script = `mount -t tmpfs -o ${options} store "$0" && exec "$@"`;
    return { command: 'unshare', args: ['-rm', 'sh', '-c', script, folder.join('.feature_backups'), command, ...args] };
  }
});

function canMount(): boolean {
  return (
    process.platform === 'linux' && spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'x', '/mnt']).status === 0
  );
}

const HOLD_EXCLUSIVELY = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('BEGIN EXCLUSIVE')
c.execute('UPDATE features SET passes = 1')
print('held', flush=True)
sys.stdin.read()
`;

/** Until not a single byte fits. */
function fill(pipe: number): void {
  for (let size = 65_536; size >= 1; size /= 2) {
    try {
      for (;;) writeSync(pipe, Buffer.alloc(size));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
    }
  }
}
