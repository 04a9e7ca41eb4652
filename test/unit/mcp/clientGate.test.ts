import assert from 'node:assert/strict';
import { ClientGate, MAX_BUFFERED_BYTES, type Decision } from '../../../mcp/tap/clientGate.js';
import type { PendingWrite } from '../../../mcp/tap/classifyLine.js';
import { KnownTools } from '../../../mcp/tap/tools.js';
import { seededRandom } from '../../support/mcp/seededRandom.js';
import { randomMessages, splitAtRandom } from '../../support/mcp/randomMessages.js';

describe('the gate between client and server', () => {
  it('forwards exactly the bytes it receives, however they are split', async () => {
    const random = seededRandom(20_260_401);
    const input = Buffer.concat(randomMessages(10_000, random));
    const { gate, output, backups } = openGate({ backUp: () => later(random), isServerSlow: () => random() < 0.05 });
    for (const piece of splitAtRandom(input, random)) {
      gate.push(piece);
      while (gate.isFull) await tick();
    }
    gate.end();
    await output.drained;
    assert.equal(Buffer.compare(Buffer.concat(output.chunks), input), 0);
    assert.ok(backups.length > 1000);
  });

  it('holds a write, and everything after it, until its backup is made', async () => {
    const backup = deferred();
    const { gate, output } = openGate({ backUp: () => backup.promise });
    gate.push(Buffer.from(`${PING}${WRITE}${PING}`));
    assert.equal(output.text(), PING);
    backup.resolve({ forwards: true });
    await tick();
    assert.equal(output.text(), PING + WRITE + PING);
  });

  it('forwards reads at once', () => {
    const { gate, output, backups } = openGate({});
    gate.push(Buffer.from(READ));
    assert.equal(output.text(), READ);
    assert.equal(backups.length, 0);
  });

  it('drops a call that is cancelled while it waits, and the cancellation', async () => {
    const backup = deferred();
    let announced = 0;
    const { gate, output } = openGate({ backUp: () => backup.promise });
    gate.push(Buffer.from(WRITE + PING));
    gate.push(Buffer.from(CANCEL));
    assert.equal(output.text(), PING);
    backup.resolve({ forwards: true, announce: () => announced++ });
    await tick();
    assert.equal(output.text(), PING);
    assert.equal(announced, 0);
  });

  it('drops a cancelled call further back in the queue', async () => {
    const backup = deferred();
    const { gate, output } = openGate({
      backUp: ({ requests }) => (requests[0]?.idText === '1' ? backup.promise : done()),
    });
    gate.push(Buffer.from(WRITE.replace('"id":7', '"id":1') + WRITE + CANCEL + PING));
    backup.resolve({ forwards: true });
    await tick();
    assert.equal(output.text(), WRITE.replace('"id":7', '"id":1') + PING);
  });

  it('forwards the cancellation of a call that was already forwarded', async () => {
    const { gate, output } = openGate({});
    gate.push(Buffer.from(WRITE));
    await tick();
    gate.push(Buffer.from(CANCEL));
    assert.equal(output.text(), WRITE + CANCEL);
  });

  it('forwards a batch, and the cancellation of a call in it, unchanged', async () => {
    const batch = `[${WRITE.trim()},${PING.trim()}]\n`;
    const { gate, output } = openGate({ backUp: () => later(() => 0) });
    gate.push(Buffer.from(batch + CANCEL));
    await tick();
    await tick();
    assert.equal(output.text(), batch + CANCEL);
  });

  it('backs up before a line that is too long to parse, then streams it', async () => {
    const backup = deferred();
    const { gate, output, backups } = openGate({ backUp: () => backup.promise });
    const piece = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    while (!gate.isFull) {
      gate.push(piece);
      sent += piece.length;
    }
    assert.ok(sent <= 2 * MAX_BUFFERED_BYTES + piece.length, String(sent));
    assert.equal(output.bytes(), 0);
    assert.equal(backups.length, 1);
    backup.resolve({ forwards: true });
    await tick();
    assert.equal(output.bytes(), sent);
    gate.push(piece);
    assert.equal(output.bytes(), sent + piece.length);
    gate.push(Buffer.from(`end\n${PING}`));
    assert.ok(output.text().endsWith(`end\n${PING}`));
    assert.equal(backups.length, 1);
  });

  it('drops all of a long line if its beginning is blocked', async () => {
    const { gate, output } = openGate({ backUp: () => Promise.resolve({ forwards: false }) });
    const piece = Buffer.alloc(MAX_BUFFERED_BYTES, 'x');
    gate.push(piece);
    gate.push(piece);
    await tick();
    gate.push(Buffer.from(`tail\n${PING}`));
    assert.equal(output.text(), PING);
  });

  it('waits for a slow server, and reports that it is full', () => {
    const { gate, output } = openGate({ isServerSlow: () => true, resumesByItself: false });
    let pushed = 0;
    while (!gate.isFull) {
      gate.push(Buffer.from(PING));
      pushed++;
    }
    assert.equal(output.text(), PING);
    assert.ok(pushed * PING.length < MAX_BUFFERED_BYTES);
  });

  it('accepts a last line without a newline', async () => {
    const { gate, output, backups } = openGate({});
    gate.push(Buffer.from(WRITE.trim()));
    assert.equal(output.text(), '');
    gate.end();
    await output.drained;
    assert.equal(output.text(), WRITE.trim());
    assert.equal(backups.length, 1);
  });
});

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
const READ = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"feature_get_stats"}}\n';
const WRITE = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"feature_skip"}}\n';
const CANCEL = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}\n';

interface GateBehaviour {
  readonly backUp?: (write: PendingWrite) => Promise<Decision>;
  readonly isServerSlow?: () => boolean;
  readonly resumesByItself?: boolean;
}

function openGate({ backUp = done, isServerSlow = () => false, resumesByItself = true }: GateBehaviour) {
  const chunks: Buffer[] = [];
  const backups: PendingWrite[] = [];
  const drained = deferred<undefined>();
  const gate = new ClientGate(
    {
      forward: (bytes) => {
        chunks.push(Buffer.from(bytes));
        if (!isServerSlow()) return true;
        if (resumesByItself) setImmediate(() => gate.resume());
        return false;
      },
      backUpBefore: (write) => {
        backups.push(write);
        return backUp(write);
      },
      onForwarded: () => undefined,
      onCancelled: () => undefined,
      onDrained: () => drained.resolve(undefined),
      onProgress: () => undefined,
    },
    new KnownTools(),
  );
  const output = {
    chunks,
    drained: drained.promise,
    text: () => Buffer.concat(chunks).toString(),
    bytes: () => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  };
  return { gate, output, backups };
}

function done(): Promise<Decision> {
  return Promise.resolve({ forwards: true });
}

async function later(random: () => number): Promise<Decision> {
  if (random() < 0.5) await tick();
  return { forwards: true };
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function deferred<T = Decision>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolver) => {
    resolve = resolver;
  });
  return { promise, resolve };
}
