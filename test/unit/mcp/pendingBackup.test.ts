import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PendingBackup } from '../../../mcp/tap/pendingBackup.js';

describe('waiting for forwarded writes', () => {
  const pending = (): PendingBackup => new PendingBackup(async () => await Promise.resolve(), 2000);

  it('ends when each of them is answered', async () => {
    const writes = pending();
    assert.equal(await writes.whenAnswered(60_000), true);
    writes.onWrite(['1', '2']);
    let isOver = false;
    const waiting = writes.whenAnswered(60_000).then((isAnswered) => {
      isOver = true;
      return isAnswered;
    });
    writes.onResponse('1');
    await Promise.resolve();
    assert.equal(isOver, false);
    writes.onResponse('2');
    assert.equal(await waiting, true);
    writes.handOver();
  });

  it('ends at the time limit', async () => {
    const writes = pending();
    writes.onWrite(['1']);
    assert.equal(await writes.whenAnswered(10), false);
    assert.equal(await writes.whenAnswered(60_000_000), false, 'only one call waits for a server that does not answer');
    writes.onResponse('1');
    assert.equal(await writes.whenAnswered(10), true);
    writes.handOver();
  });
});
