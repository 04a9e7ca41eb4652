import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { listBackups } from '../../../core/engine.js';
import { killMarked, leftProcesses, MARK, markedProcesses } from '../../support/mcp/processes.js';
import { startRaw } from '../../support/mcp/rawTap.js';
import { seededRandom } from '../../support/mcp/seededRandom.js';
import { behindTap, bundled, featureServer } from '../../support/mcp/servers.js';
import { proveBackups } from '../../support/mcp/wholeBackups.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { buildCli, CLI_PATH } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const isLong = process.env.TEST_LENGTH === 'long';
const ROUNDS = isLong ? 20 : 3;
const WRITES = 200;
const seed = 20_261;

describe('SIGKILL', function () {
  this.timeout(isLong ? 1_800_000 : 120_000);
  const folder = useTemporaryFolder();
  const random = seededRandom(seed);
  let mark = '';

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(() => {
    mark = randomUUID();
  });
  afterEach(() => killMarked(mark));

  for (const [victim, pattern] of [
    ['client', /writingClient/],
    ['tap', /feature-backups\.cjs tap/],
    ['server', /^\d+ \S+ \S*featureServer/],
  ] as const) {
    for (let round = 1; round <= ROUNDS; round++) {
      const killAfter = Math.floor(random() * WRITES * 0.5);
      it(`loses no acknowledged write and leaves no process: the ${victim}, after ${killAfter} of ${WRITES} writes (seed ${seed})`, async () => {
        makeFeatureDatabase(folder.join('features.db'), { features: WRITES, passing: 0 });
        const acknowledged = folder.join('acknowledged');
        const tap = behindTap(await featureServer());
        const args = [await bundled('writingClient.ts'), acknowledged, String(WRITES), tap.command, ...tap.args];
        const client = spawn(process.execPath, args, {
          env: { ...process.env, PROJECT_DIR: folder.path, [MARK]: mark },
          stdio: 'ignore',
        });
        const ended = new Promise((resolve) => client.once('exit', resolve));
        while (countLines(acknowledged) < killAfter) await new Promise((resolve) => setTimeout(resolve, 2));
        await new Promise((resolve) => setTimeout(resolve, random() * 20));
        const line = markedProcesses(mark).find((process) => isVictim(victim, process, pattern));
        assert.ok(line, markedProcesses(mark).join('\n'));
        process.kill(Number.parseInt(line, 10), 'SIGKILL');
        if (victim !== 'client') setTimeout(() => client.kill('SIGKILL'), 3000).unref();
        await ended;

        assert.deepEqual(await leftProcesses(mark, 15_000), []);
        const done = countLines(acknowledged);
        assert.ok(done >= killAfter && done < WRITES);
        assert.equal(
          sqlite3(folder.join('features.db'), `SELECT count(*) FROM features WHERE passes AND id <= ${done}`),
          String(done),
        );
        const { newest } = await listBackups(folder.path);
        assert.ok((newest?.counts.passing ?? -1) >= done - 1, `${newest?.id ?? 'none'} of ${done}`);
        assert.ok(proveBackups(folder.path) > 0);
      });
    }
  }

  for (const [how, signal] of [
    ['SIGKILL of the tap', 'SIGKILL'],
    ['a client that is gone', undefined],
  ] as const) {
    it(`ends a server that ignores everything: ${how}`, async () => {
      const stubborn = `process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {}); process.stdin.resume();
        process.stdin.on('end', () => {}); setInterval(() => {}, 1000); console.log('ready ' + process.pid)`;
      const tap = behindTap({ command: process.execPath, args: ['-e', stubborn] });
      // Started by a separate process, which is the client.
      const client = startRaw(
        { command: 'sh', args: ['-c', '"$@" & echo "tap $!"; wait', 'sh', tap.command, ...tap.args] },
        { [MARK]: mark },
      );
      await client.saw('ready');
      client.child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
      await new Promise((resolve) => setTimeout(resolve, 1200));
      const pid = Number(/tap (\d+)/.exec(client.output().toString())?.[1]);
      assert.equal(markedProcesses(mark).length, 4, markedProcesses(mark).join('\n'));
      if (signal === undefined) client.child.kill('SIGKILL');
      else process.kill(pid, signal);
      assert.deepEqual(await leftProcesses(mark, 15_000), []);
    });
  }

  it('leaves no process behind after an ordinary session', async () => {
    const tap = startRaw(behindTap({ command: 'cat', args: [] }), { [MARK]: mark });
    tap.child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    await tap.saw('ping');
    tap.child.stdin.end();
    await tap.ended;
    assert.deepEqual(await leftProcesses(mark, 5000), []);
  });

  it('of the client ends our own server, although another process keeps its input open', async () => {
    buildCli();
    const client = spawn('python3', ['-c', CLIENT, process.execPath, CLI_PATH, 'mcp', '--project', folder.path], {
      env: { ...process.env, [MARK]: mark },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(client.stdout, 'data');
    const servers = () => markedProcesses(mark).filter((line) => /^\d+ \S*node \S*feature-backups\.cjs mcp/.test(line));
    assert.equal(servers().length, 1);
    client.kill('SIGKILL');
    while (servers().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

function isVictim(victim: string, line: string, pattern: RegExp): boolean {
  // The client's command line contains the tap's, and the tap's contains the server's.
  if (victim === 'server') return pattern.test(line);
  return victim === 'tap' ? pattern.test(line) && !line.includes('writingClient') : pattern.test(line);
}

function countLines(path: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

/** Starts a server, and a process that has the server's input open, and reports when the server has answered. */
const CLIENT = `
import json, os, subprocess, sys, time
r, w = os.pipe()
server = subprocess.Popen(sys.argv[1:], stdin=r, stdout=subprocess.PIPE)
subprocess.Popen(['sleep', '600'], pass_fds=[w])
hello = {'protocolVersion': '2025-06-18', 'capabilities': {}, 'clientInfo': {'name': 'test', 'version': '1'}}
os.write(w, json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': 'initialize', 'params': hello}).encode() + b'\\n')
server.stdout.readline()
print('ready', flush=True)
time.sleep(600)
`;
