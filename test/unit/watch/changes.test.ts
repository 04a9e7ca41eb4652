import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { Changes } from '../../../core/watch/changes.js';
import { OperationFailures } from '../../../core/watch/operationFailures.js';
import type { WatchEvent } from '../../../core/watch/watchEvent.js';

describe('the changes of a watched project', () => {
  const changes = () => new Changes({ quietMs: 3000, longestWaitMs: 30_000 });

  it('are due when it has been quiet for long enough', () => {
    const some = changes();
    assert.equal(some.dueAtMs, undefined);
    some.note(1000);
    some.note(2500);
    assert.equal(some.dueAtMs, 5500);
  });

  it('are due at the latest so long after the first, however much is written', () => {
    const some = changes();
    for (let nowMs = 1000; nowMs <= 60_000; nowMs += 1000) some.note(nowMs);
    assert.equal(some.dueAtMs, 31_000);
  });

  it('that come while a backup is made are for the next one', () => {
    const some = changes();
    some.note(1000);
    some.begin();
    assert.equal(some.dueAtMs, undefined);
    some.note(9000);
    some.succeeded();
    assert.equal(some.dueAtMs, 12_000);
  });

  it('are tried again at growing intervals after a failure, up to ten minutes, until it goes well', () => {
    const some = changes();
    some.note(0);
    const waits: number[] = [];
    for (let i = 0; i < 30; i += 1) {
      some.begin();
      some.failed(1_000_000);
      waits.push((some.dueAtMs ?? 0) - 1_000_000);
    }
    assert.deepEqual(waits.slice(0, 4), [5000, 10_000, 20_000, 40_000]);
    assert.equal(waits.at(-1), 600_000);
    some.begin();
    some.succeeded();
    some.note(2_000_000);
    assert.equal(some.dueAtMs, 2_003_000);
  });
});

describe('the watcher’s troubles', () => {
  const failure = (message: string) => new BackupError(message, { code: 'io', operation: 'back up' });
  const listen = () => {
    const told: string[] = [];
    const troubles = new OperationFailures((event: WatchEvent) => {
      const { kind } = event;
      told.push(kind === 'trouble' ? event.error.message : kind);
    });
    return { told, troubles };
  };

  it('are told once, whatever numbers are in the message, again when another comes, and when they are over', () => {
    const { told, troubles } = listen();
    troubles.begin('/a', 'back up', failure('in use by process 12'));
    troubles.begin('/a', 'back up', failure('in use by process 4711'));
    troubles.begin('/a', 'back up', failure('no space'));
    troubles.end('/a', 'back up');
    troubles.end('/a', 'back up');
    assert.deepEqual(told, ['in use by process 12', 'no space', 'trouble-over']);
    assert.equal(troubles.count, 0);
  });

  it('of one project are not those of another, and go with it', () => {
    const { told, troubles } = listen();
    troubles.begin('/a', 'back up', failure('first'));
    troubles.begin('/b', 'back up', failure('first'));
    troubles.forget('/a');
    assert.equal(troubles.count, 1);
    troubles.end('/a', 'back up');
    assert.deepEqual(told, ['first', 'first']);
  });
});
