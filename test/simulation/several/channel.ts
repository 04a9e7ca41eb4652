import { deserialize, serialize } from 'node:v8';

/**
 * Connects one worker and the scheduler. The sender of a request blocks until the reply. Only one side runs at a time,
 * so the seed alone decides the order of events.
 */
export class Channel {
  readonly #control: Int32Array;
  readonly #bytes: Buffer;

  constructor(readonly memory = new SharedArrayBuffer(HEADER_BYTES + MAX_MESSAGE_BYTES)) {
    this.#control = new Int32Array(memory, 0, 2);
    this.#bytes = Buffer.from(memory, HEADER_BYTES);
  }

  /** For the worker: blocks until the scheduler replies. */
  send(request: unknown): unknown {
    this.#put(request, REQUESTED);
    while (Atomics.load(this.#control, 0) === REQUESTED) Atomics.wait(this.#control, 0, REQUESTED);
    return this.#take();
  }

  /** For the scheduler: blocks until the worker sends a request. */
  nextRequest(): unknown {
    for (let state = Atomics.load(this.#control, 0); state !== REQUESTED; state = Atomics.load(this.#control, 0)) {
      if (Atomics.wait(this.#control, 0, state, REQUEST_TIMEOUT_MS) === 'timed-out') throw new SimulationStuck();
    }
    return this.#take();
  }

  reply(message: unknown): void {
    this.#put(message, REPLIED);
  }

  #put(message: unknown, state: number): void {
    const bytes = serialize(message);
    if (bytes.length > MAX_MESSAGE_BYTES) throw new Error('The message is too large');
    bytes.copy(this.#bytes);
    Atomics.store(this.#control, 1, bytes.length);
    Atomics.store(this.#control, 0, state);
    Atomics.notify(this.#control, 0);
  }

  #take(): unknown {
    return deserialize(Buffer.from(this.#bytes.subarray(0, Atomics.load(this.#control, 1))));
  }
}

/** A bug of the simulation, or a suspended machine: not an error of the engine. */
export class SimulationStuck extends Error {
  constructor() {
    super('A worker of the simulation has sent nothing for a minute');
  }
}

const HEADER_BYTES = 8;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const REQUESTED = 1;
const REPLIED = 2;
/** Reached only by a bug of the simulation. */
const REQUEST_TIMEOUT_MS = 60_000;
