import { workerData } from 'node:worker_threads';
import { systemError } from '../disk/systemError.js';
import { compileEngine, type Engine, type LoadEngine } from '../engine/engine.js';
import { portsOver } from '../engine/ports.js';
import { Random } from '../random.js';
import { GuaranteeViolation } from '../run/guaranteeViolation.js';
import { perform } from '../run/operations.js';
import { ProcessDied } from '../world.js';
import { Channel } from './channel.js';
import type { Reply, Clock, OperationFailure, Task, Request } from './messages.js';

/** Runs simulated processes in turn: each task is executed by a newly loaded engine. */
const { memory, script } = workerData as { readonly memory: SharedArrayBuffer; readonly script: string };
const channel = new Channel(memory);
const loadEngine = compileEngine(script);
for (;;) {
  const task = channel.send({ kind: 'next' } satisfies Request) as Task | undefined;
  if (task === undefined) break;
  const failure = await carryOut(task, loadEngine);
  channel.send({ kind: 'done', failure } satisfies Request);
}

async function carryOut(task: Task, load: LoadEngine): Promise<OperationFailure | undefined> {
  let clock: Clock = task.clock;
  const send = (request: Request): unknown => {
    const reply = channel.send(request) as Reply;
    ({ clock } = reply);
    if (reply.error === 'dead') throw new ProcessDied();
    if (reply.error !== undefined) throw systemError(reply.error.code, reply.error.call);
    return reply.result;
  };
  const random = new Random(task.seed);
  const engine: Engine = load(() => clock.nowMs);
  const ports = portsOver({
    call: (call, args) => revive(send({ kind: 'call', call, args })),
    nowMs: () => clock.nowMs,
    environment: task.environment,
    system: {
      pid: task.pid,
      hostname: () => task.hostname,
      isRunning: (pid) => send({ kind: 'isRunning', pid }) === true,
      monotonicMs: () => clock.monotonicMs,
      uptimeMs: () => clock.uptimeMs,
      random: () => random.next(),
      pause: async (ms) => {
        await Promise.resolve();
        send({ kind: 'pause', ms });
      },
    },
  });
  try {
    await perform(task.operation, task.seed, {
      engine,
      ports,
      project: task.project,
      report: (report) => void send({ kind: 'report', report }),
    });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const guarantee = error instanceof GuaranteeViolation ? error.guarantee : undefined;
    return { isBackupError: error instanceof engine.BackupError, guarantee, message };
  }
}

/** Buffers arrive as plain arrays of bytes. */
function revive(result: unknown): unknown {
  return result instanceof Uint8Array ? Buffer.from(result) : result;
}
