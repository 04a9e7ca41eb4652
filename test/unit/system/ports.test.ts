import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import nodeFileSystem from 'node:fs';
import { hostname, uptime } from 'node:os';
import { describe, it } from 'mocha';
import { filesForRoot } from '../../../core/system/files/filesForRoot.js';
import { realPorts, realSystem, systemOf } from '../../../core/system/ports.js';
import { monotonicMs } from '../../../core/system/processes/monotonicMs.js';
import { systemError } from '../../support/interferingFiles.js';

describe('the real ports', () => {
  const kill = process.kill.bind(process);
  afterEach(() => {
    process.kill = kill;
  });

  it('are the files, the clock and the environment of this process', () => {
    const ports = realPorts();
    assert.equal(ports.files, process.getuid?.() === 0 ? filesForRoot : nodeFileSystem);
    assert.equal(ports.changeOwnerOfNewEntries !== undefined, process.getuid?.() === 0);
    assert.equal(ports.environment, process.env);
    const before = Date.now();
    const now = ports.now().getTime();
    assert.ok(before <= now && now <= Date.now());
    assert.equal(systemOf(ports), realSystem);
    const own = { ...realSystem, pid: 7 };
    assert.equal(systemOf({ system: own }), own);
    assert.deepEqual([realSystem.pid, realSystem.hostname()], [process.pid, hostname()]);
  });

  it('have a monotonic clock in milliseconds', () => {
    const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6;
    for (const read of [realSystem.monotonicMs, monotonicMs]) {
      const before = clockMs();
      const now = read();
      // Both are rounded.
      assert.ok(before - 0.001 <= now && now <= clockMs() + 0.001);
    }
  });

  it('have the uptime of the system in milliseconds', () => {
    const before = uptime() * 1000;
    const now = realSystem.uptimeMs();
    assert.ok(before <= now && now <= uptime() * 1000);
  });

  it('report whether a process is running', async () => {
    assert.equal(realSystem.isRunning(process.pid), true);
    const child = spawn('true');
    await once(child, 'exit');
    assert.equal(realSystem.isRunning(child.pid ?? 0), false);
    process.kill = () => {
      throw systemError('EPERM');
    };
    assert.equal(realSystem.isRunning(1), true, 'somebody else’s');
  });

  it('pause for the given time without blocking', async () => {
    for (const ms of [0, 0.4, 1, 12]) {
      let others = 0;
      setImmediate(() => (others += 1));
      const begin = realSystem.monotonicMs();
      await realSystem.pause(ms);
      // A timer may come a fraction of a millisecond early.
      assert.ok(realSystem.monotonicMs() - begin >= Math.max(ms - 1, ms < 1 ? ms : 0), `${ms.toString()} ms`);
      assert.equal(others, 1, `${ms.toString()} ms`);
    }
  });
});
