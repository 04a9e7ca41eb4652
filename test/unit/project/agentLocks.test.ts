import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { realPorts } from '../../../core/system/ports.js';
import { findAgentLocks, parseAgentLock } from '../../../core/project/agentLocks.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { withZombieProcess } from '../../support/zombieProcess.js';

describe('agent locks', () => {
  const folder = useTemporaryFolder();
  const find = () => findAgentLocks(folder.path, realPorts());

  it('are found in all three folders', () => {
    for (const place of ['.autoforge', '.autocoder', '']) {
      mkdirSync(folder.join(place), { recursive: true });
      for (const name of ['.agent.lock', '.devserver.lock']) {
        writeFileSync(folder.join(place, name), String(process.pid));
      }
    }
    assert.equal(find().running.length, 6);
    assert.ok(find().running.every((lock) => lock.pid === process.pid && lock.evidence === 'agent-lock'));
  });

  it('are stale if their process has ended', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(folder.join('.agent.lock'), `${pid}:1767225600.5`);
    assert.deepEqual(find(), { running: [], stale: [folder.join('.agent.lock')] });
  });

  it('are stale if their pid was reused', function () {
    if (process.platform !== 'linux') this.skip();
    writeFileSync(folder.join('.agent.lock'), `${process.pid}:1000000000.0`);
    assert.deepEqual(find().stale, [folder.join('.agent.lock')]);
  });

  it('are stale if their owner is a zombie', async function () {
    if (process.platform !== 'linux') this.skip();
    await withZombieProcess((pid) => {
      writeFileSync(folder.join('.agent.lock'), String(pid));
      assert.deepEqual(find(), { running: [], stale: [folder.join('.agent.lock')] });
    });
  });

  it('are running if their owner has the recorded start time', function () {
    if (process.platform !== 'linux') this.skip();
    const startedAt = Date.now() / 1000 - process.uptime();
    writeFileSync(folder.join('.agent.lock'), `${process.pid}:${startedAt.toFixed(2)}`);
    assert.equal(find().running[0]?.command, readFileSync('/proc/self/comm', 'utf8').trim());
  });

  it('are running if empty or unreadable', () => {
    writeFileSync(folder.join('.agent.lock'), '');
    mkdirSync(folder.join('.devserver.lock'));
    assert.equal(find().running.length, 2);
  });

  it('contain a pid, or a pid with a start time', () => {
    assert.deepEqual(parseAgentLock('17\n'), { pid: 17, startedAtSeconds: undefined });
    assert.deepEqual(parseAgentLock('17:1767225600.25'), { pid: 17, startedAtSeconds: 1767225600.25 });
    for (const text of ['', '0', '-1', '17:', '17 18', '1e9', '99999999999', 'pid 17']) {
      assert.equal(parseAgentLock(text), undefined, text);
    }
  });
});
