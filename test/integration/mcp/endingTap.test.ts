import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { listBackups } from '../../../core/engine.js';
import { killMarked, MARK, markedProcesses } from '../../support/mcp/processes.js';
import { startRaw, type RawProcess } from '../../support/mcp/rawTap.js';
import { behindTap, featureServer } from '../../support/mcp/servers.js';
import { proveBackups } from '../../support/mcp/wholeBackups.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the end of a session by signals', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  let mark = '';

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(() => {
    mark = randomUUID();
    makeFeatureDatabase(folder.join('features.db'), { features: 2000, passing: 0 });
  });
  afterEach(() => killMarked(mark));

  /** A client that has made one write, and read the response. */
  const startSession = async (id: number, env: Record<string, string> = {}): Promise<RawProcess> => {
    const tap = startRaw(behindTap(await featureServer()), { PROJECT_DIR: folder.path, [MARK]: mark, ...env });
    const call = { name: 'feature_mark_passing', arguments: { feature_id: id } };
    tap.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 'write', method: 'tools/call', params: call })}\n`);
    await tap.saw('"id":"write"');
    return tap;
  };

  /** As Claude Code ends its servers. */
  const end = async ({ child, ended }: RawProcess, secondAfterMs: number): Promise<void> => {
    child.kill('SIGINT');
    await pause(secondAfterMs);
    child.kill('SIGTERM');
    await Promise.race([ended, pause(500)]);
    child.kill('SIGKILL');
    await ended;
  };

  /** The last write is backed up, and nothing of an interrupted backup is left. */
  const assertBackedUp = async (passing: number): Promise<void> => {
    // The follow-up of the vault waits for a minute.
    while (markedProcesses(mark).some((line) => !line.includes(' follow-up '))) await pause(50);
    const { backups, newest } = await listBackups(folder.path);
    assert.equal(newest?.reason, 'after_session');
    assert.equal(newest.counts.passing, passing);
    const names = readdirSync(folder.join('.feature_backups')).filter((name) => name.startsWith('.'));
    assert.deepEqual(names, ['.gitignore']);
    assert.equal(proveBackups(folder.path), backups.length);
  };

  for (const secondAfterMs of [15, 50, 100]) {
    it(`backs up the last write although a second signal comes ${secondAfterMs} ms after the first`, async () => {
      await end(await startSession(7), secondAfterMs);
      await assertBackedUp(1);
    });
  }

  it('backs up the last write although the tap is killed 46 ms after the first signal', async () => {
    const { child, ended } = await startSession(7);
    child.kill('SIGTERM');
    await pause(46);
    child.kill('SIGKILL');
    await ended;
    await assertBackedUp(1);
  });

  it('backs up the last write of a server that is slow to end', async () => {
    await end(await startSession(7, { IGNORES_EVERYTHING: '1' }), 100);
    await assertBackedUp(1);
  });

  it('starts no backup if nothing was written since the last one', async () => {
    const tap = await startSession(7);
    while ((await listBackups(folder.path)).newest?.reason !== 'after_session') await pause(50);
    await end(tap, 100);
    await assertBackedUp(1);
    const { newest } = await listBackups(folder.path);
    assert.equal(newest?.metadata?.events.length, 1);
  });

  for (const [how, endAll] of [
    ['by signals', async (taps: readonly RawProcess[]) => await Promise.all(taps.map((tap) => end(tap, 15)))],
    [
      'by the end of their input',
      async (taps: readonly RawProcess[]) => {
        for (const { child } of taps) child.stdin.end();
        await Promise.all(taps.map(({ ended }) => ended));
      },
    ],
  ] as const) {
    it(`makes one backup for five taps that end at once, ${how}`, async () => {
      const taps = await Promise.all([1, 2, 3, 4, 5].map(async (id) => await startSession(id)));
      await endAll(taps);
      await assertBackedUp(5);
      const { backups } = await listBackups(folder.path);
      assert.equal(backups.filter(({ counts }) => counts.passing === 5).length, 1);
      assert.deepEqual(taps.map(({ stderr }) => stderr()).join(''), '');
      const { stdout } = await runCli(['check'], { cwd: folder.path });
      assert.match(stdout, /^FEATURE BACKUPS OK/);
    });
  }
});
