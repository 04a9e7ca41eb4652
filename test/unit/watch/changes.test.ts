import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { Changes } from '../../../core/watch/changes.js';
import { OperationFailures } from '../../../core/watch/operationFailures.js';
import type { WatchEvent } from '../../../core/watch/watchEvent.js';

describe('the changes of a watched project', () => {
  const changes = () => new Changes({ quietMs: 3000, maxWaitMs: 30_000 });

  it('are due after the quiet time', () => {
    const pending = changes();
    assert.equal(pending.dueAtMs, undefined);
    pending.recordChange(1000);
    pending.recordChange(2500);
    assert.equal(pending.dueAtMs, 5500);
  });

  it('are due after the maximum wait at the latest, however much is written', () => {
    const pending = changes();
    for (let nowMs = 1000; nowMs <= 60_000; nowMs += 1000) pending.recordChange(nowMs);
    assert.equal(pending.dueAtMs, 31_000);
  });

  it('made during a backup count for the next one', () => {
    const pending = changes();
    pending.recordChange(1000);
    pending.beginBackup();
    assert.equal(pending.dueAtMs, undefined);
    pending.recordChange(9000);
    pending.recordSuccess();
    assert.equal(pending.dueAtMs, 12_000);
  });

  it('are retried at increasing intervals of up to ten minutes until a backup succeeds', () => {
    const pending = changes();
    pending.recordChange(0);
    const waits: number[] = [];
    for (let i = 0; i < 30; i += 1) {
      pending.beginBackup();
      pending.recordFailure(1_000_000);
      waits.push((pending.dueAtMs ?? 0) - 1_000_000);
    }
    assert.deepEqual(waits.slice(0, 4), [5000, 10_000, 20_000, 40_000]);
    assert.equal(waits.at(-1), 600_000);
    pending.beginBackup();
    pending.recordSuccess();
    pending.recordChange(2_000_000);
    assert.equal(pending.dueAtMs, 2_003_000);
  });
});

describe('the watcher’s failures', () => {
  const failure = (message: string) => new BackupError(message, { code: 'io', operation: 'back up' });
  const listen = () => {
    const reported: string[] = [];
    const failures = new OperationFailures((event: WatchEvent) => {
      const { kind } = event;
      reported.push(kind === 'trouble' ? event.error.message : kind);
    });
    return { reported, failures };
  };

  it('are reported when they start, change or end, but not when only a number changes', () => {
    const { reported, failures } = listen();
    failures.begin('/a', 'back up', failure('in use by process 12'));
    failures.begin('/a', 'back up', failure('in use by process 4711'));
    failures.begin('/a', 'back up', failure('no space'));
    failures.end('/a', 'back up');
    failures.end('/a', 'back up');
    assert.deepEqual(reported, ['in use by process 12', 'no space', 'trouble-over']);
    assert.equal(failures.count, 0);
  });

  it('are reported once if only the name of a temporary file changes', () => {
    const { reported, failures } = listen();
    const denied = (token: string) => failure(`EROFS: read-only file system, open '/a/.lock-new-${token}'`);
    failures.begin('/a', 'back up', denied('4711-k3jd92ks-9fkq2ba1xc'));
    failures.begin('/a', 'back up', denied('4711-k3jd9x1p-abz0k3qp7d'));
    assert.equal(reported.length, 1);
  });

  it('are kept for each project, and dropped with it', () => {
    const { reported, failures } = listen();
    failures.begin('/a', 'back up', failure('first'));
    failures.begin('/b', 'back up', failure('first'));
    failures.forget('/a');
    assert.equal(failures.count, 1);
    failures.end('/a', 'back up');
    assert.deepEqual(reported, ['first', 'first']);
  });
});
