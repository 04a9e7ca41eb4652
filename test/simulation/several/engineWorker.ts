import { workerData } from 'node:worker_threads';
import { systemError } from '../disk/systemError.js';
import { compileEngine, type Engine, type LoadEngine } from '../engine/engine.js';
import { portsOver } from '../engine/ports.js';
import { Random } from '../random.js';
import { PromiseBroken } from '../run/broken.js';
import { perform } from '../run/operations.js';
import { ProcessDied } from '../world.js';
import { Channel } from './channel.js';
import type { Answer, Clock, OperationFailure, Order, Question } from './messages.js';

/** Runs simulated processes in turn: each order is executed by a newly loaded engine. */
const { memory, script } = workerData as { readonly memory: SharedArrayBuffer; readonly script: string };
const channel = new Channel(memory);
const loadEngine = compileEngine(script);
for (;;) {
  const order = channel.ask({ kind: 'next' } satisfies Question) as Order | undefined;
  if (order === undefined) break;
  const failure = await carryOut(order, loadEngine);
  channel.ask({ kind: 'done', failure } satisfies Question);
}

async function carryOut(order: Order, load: LoadEngine): Promise<OperationFailure | undefined> {
  let clock: Clock = order.clock;
  const ask = (question: Question): unknown => {
    const answer = channel.ask(question) as Answer;
    ({ clock } = answer);
    if (answer.error === 'dead') throw new ProcessDied();
    if (answer.error !== undefined) throw systemError(answer.error.code, answer.error.call);
    return answer.result;
  };
  const random = new Random(order.seed);
  const engine: Engine = load(() => clock.nowMs);
  const ports = portsOver({
    call: (call, args) => revived(ask({ kind: 'call', call, args })),
    nowMs: () => clock.nowMs,
    environment: order.environment,
    system: {
      pid: order.pid,
      hostname: () => order.hostname,
      isRunning: (pid) => ask({ kind: 'isRunning', pid }) === true,
      monotonicMs: () => clock.monotonicMs,
      uptimeMs: () => clock.uptimeMs,
      random: () => random.next(),
      pause: async (ms) => {
        await Promise.resolve();
        ask({ kind: 'pause', ms });
      },
    },
  });
  try {
    await perform(order.operation, order.seed, {
      engine,
      ports,
      project: order.project,
      report: (report) => void ask({ kind: 'report', report }),
    });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const promise = error instanceof PromiseBroken ? error.promise : undefined;
    return { isBackupError: error instanceof engine.BackupError, promise, message };
  }
}

/** Buffers arrive as plain arrays of bytes. */
function revived(result: unknown): unknown {
  return result instanceof Uint8Array ? Buffer.from(result) : result;
}
