import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { QuietTimer } from '../../../extension/projects/quietTimer.js';

describe('the quiet timer', () => {
  it('fires once after a burst of events', async () => {
    const due: string[] = [];
    const timer = new QuietTimer(
      () => ({ quietMs: 50, maximumMs: 60_000 }),
      () => due.push('due'),
    );
    for (let count = 0; count < 5; count += 1) timer.onEvent();
    assert.deepEqual(due, []);
    while (due.length === 0) await sleep(5);
    await sleep(100);
    assert.deepEqual(due, ['due']);
  });

  it('fires during a burst that does not end', async () => {
    let due = 0;
    const timer = new QuietTimer(
      () => ({ quietMs: 60_000, maximumMs: 30 }),
      () => (due += 1),
    );
    while (due < 2) {
      timer.onEvent();
      await sleep(5);
    }
    timer.dispose();
  });

  it('does not fire after it is disposed of', async () => {
    let due = 0;
    const timer = new QuietTimer(
      () => ({ quietMs: 5, maximumMs: 5 }),
      () => (due += 1),
    );
    timer.onEvent();
    timer.dispose();
    await sleep(50);
    assert.equal(due, 0);
  });
});
