import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { listBackups } from '../../../core/engine.js';
import { randomMessages, splitAtRandom } from '../../support/mcp/randomMessages.js';
import { seededRandom } from '../../support/mcp/seededRandom.js';
import { startRaw } from '../../support/mcp/rawTap.js';
import { behindTap } from '../../support/mcp/servers.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const node = (script: string) => ({ command: process.execPath, args: ['-e', script] });
const CAT = { command: 'cat', args: [] };

describe('traffic through the tap', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();

  it('is unchanged in both directions: 10,000 messages split anywhere', async () => {
    const random = seededRandom(4711);
    const input = Buffer.concat(randomMessages(10_000, random));
    const tap = startRaw(behindTap(CAT), {}, folder.path);
    for (const piece of splitAtRandom(input, random)) {
      if (!tap.child.stdin.write(piece)) await new Promise((resolve) => tap.child.stdin.once('drain', resolve));
    }
    tap.child.stdin.end();
    assert.deepEqual(await tap.ended, { code: 0, signal: null });
    assert.equal(Buffer.compare(tap.output(), input), 0);
    assert.equal(tap.stderr(), '');
  });

  for (const [what, first] of [
    ['a response', '{"jsonrpc":"2.0","id":1,"result":"'],
    ['a write', '{"id":1,"method":"tools/call","params":{"name":"feature_create","arguments":"'],
  ] as const) {
    it(`streams a line of 100 MB with bounded memory: ${what}`, async () => {
      makeFeatureDatabase(folder.join('features.db'), { features: 3, passing: 0 });
      // Counted by the server, so that this process need not keep them in memory.
      const server = node(`
        const hash = require('crypto').createHash('sha256');
        process.stdin.on('data', (chunk) => hash.update(chunk)).on('end', () => console.log(hash.digest('hex')))`);
      const tap = startRaw(behindTap(server, '--project', folder.path));
      const hash = createHash('sha256');
      const pieces = [
        Buffer.from(first),
        ...Array.from({ length: 1600 }, () => Buffer.alloc(65_536, 'x')),
        Buffer.from('"}\n'),
      ];
      let peakBytes = 0;
      for (const piece of pieces) {
        hash.update(piece);
        if (!tap.child.stdin.write(piece)) await new Promise((resolve) => tap.child.stdin.once('drain', resolve));
        peakBytes = Math.max(peakBytes, residentBytes(tap.child.pid));
      }
      tap.child.stdin.end();
      await tap.ended;
      assert.equal(tap.output().toString().trim(), hash.digest('hex'));
      assert.ok(peakBytes < 160 * 1024 * 1024, `${peakBytes / 1e6} MB`);
      assert.equal((await listBackups(folder.path)).backups.length, 1);
    });
  }

  it('is not buffered without limit for a server that never reads', async () => {
    const tap = startRaw(behindTap(node('setTimeout(() => process.exit(3), 3000)')));
    const piece = Buffer.from(`{"jsonrpc":"2.0","method":"x","params":"${'x'.repeat(60_000)}"}\n`);
    let taken = 0;
    while (tap.child.stdin.write(piece)) taken += piece.length;
    const settled = new Promise<'drained' | 'ended'>((resolve) => {
      void tap.ended.then(() => resolve('ended'));
      const more = (): void => {
        while (tap.child.stdin.write(piece)) taken += piece.length;
        tap.child.stdin.once('drain', more);
      };
      tap.child.stdin.once('drain', more);
    });
    assert.equal(await settled, 'ended');
    assert.ok(taken < 8 * 1024 * 1024, String(taken));
    assert.deepEqual(await tap.ended, { code: 3, signal: null });
  });

  it('is not lost while the client does not read', async () => {
    const server = node(`for (let i = 0; i < 200000; i++) console.log('{"n":' + i + '}')`);
    const tap = startRaw(behindTap(server));
    tap.child.stdout.pause();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    tap.child.stdout.resume();
    assert.deepEqual(await tap.ended, { code: 0, signal: null });
    assert.ok(tap.output().toString().endsWith('{"n":199999}\n'));
    assert.equal(tap.output().toString().split('\n').length, 200_001);
  });

  it('leaves standard error, environment, folder and arguments unchanged', async () => {
    const script = `console.error('to stderr'); console.log(JSON.stringify([process.argv.slice(1), process.env.SOME_SECRET, process.cwd()]))`;
    const args = ['-e', script, '--', 'a b', '', '"quoted"', '$HOME', '--project', 'x'];
    const tap = startRaw(behindTap({ command: process.execPath, args }), { SOME_SECRET: 's3cret' }, folder.path);
    await tap.ended;
    assert.deepEqual(JSON.parse(tap.output().toString()), [
      ['a b', '', '"quoted"', '$HOME', '--project', 'x'],
      's3cret',
      folder.path,
    ]);
    assert.equal(tap.stderr(), 'to stderr\n');
  });

  it('ends with the exit code or signal of the server', async () => {
    const endings: unknown[] = [];
    for (const script of [
      'process.exit(0)',
      'process.exit(7)',
      'process.kill(process.pid, "SIGKILL")',
      'process.kill(process.pid, "SIGTERM")',
    ]) {
      endings.push(await startRaw(behindTap(node(script))).ended);
    }
    assert.deepEqual(endings, [
      { code: 0, signal: null },
      { code: 7, signal: null },
      { code: null, signal: 'SIGKILL' },
      { code: null, signal: 'SIGTERM' },
    ]);
  });

  it('includes signals, which the server handles', async () => {
    const server = node(`
      process.on('SIGTERM', () => { console.log('got TERM'); process.exit(9); });
      process.on('SIGUSR2', () => console.log('got USR2'));
      setInterval(() => {}, 1000); console.log('ready')`);
    const tap = startRaw(behindTap(server));
    await tap.saw('ready');
    tap.child.kill('SIGUSR2');
    await tap.saw('got USR2');
    tap.child.kill('SIGTERM');
    assert.deepEqual(await tap.ended, { code: 9, signal: null });
  });

  it('ends with an error if the server cannot be started', async () => {
    const tap = startRaw(behindTap({ command: folder.join('no-such-server'), args: [] }));
    assert.deepEqual(await tap.ended, { code: 127, signal: null });
    assert.match(tap.stderr(), /could not start the server.*no-such-server/);
    const wrong = startRaw({ ...behindTap(CAT), args: behindTap(CAT).args.slice(0, 2) });
    assert.deepEqual(await wrong.ended, { code: 2, signal: null });
  });

  it('closes the client’s pipe after the server has closed its own', async () => {
    const tap = startRaw(
      behindTap(
        node('process.stdin.destroy(); require("fs").closeSync(0); setInterval(() => {}, 1000); console.log("closed")'),
      ),
    );
    await tap.saw('closed');
    const failed = new Promise((resolve) => tap.child.stdin.once('error', resolve));
    const timer = setInterval(() => tap.child.stdin.write('{"jsonrpc":"2.0","method":"x"}\n'), 50);
    const error = await Promise.race([failed, tap.ended.then(() => 'ended first')]);
    clearInterval(timer);
    assert.match(String(error), /EPIPE|ECONNRESET/);
    tap.child.kill('SIGTERM');
    assert.deepEqual(await tap.ended, { code: null, signal: 'SIGTERM' });
  });
});

/** Peak resident set of a process, as Linux counts it. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
