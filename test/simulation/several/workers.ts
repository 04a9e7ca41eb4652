import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { Channel } from './channel.js';
import type { Request } from './messages.js';

/** Threads that run the engine's side of simulated processes; they are reused by later seeds. */
export class Workers {
  readonly #workers: { readonly channel: Channel; readonly worker: Worker }[] = [];

  private constructor(
    private readonly workerScript: string,
    private readonly engineScript: string,
  ) {}

  static async prepare(engineScript: string): Promise<Workers> {
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'engineWorker.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      define: { 'import.meta.url': JSON.stringify(import.meta.url) },
      logLevel: 'silent',
    });
    return new Workers(outputFiles[0]?.text ?? '', engineScript);
  }

  /** The channel of a worker, which waits for a task. */
  channel(index: number): Channel {
    const known = this.#workers[index];
    if (known !== undefined) return known.channel;
    const channel = new Channel();
    const url = new URL(`data:text/javascript,${encodeURIComponent(this.workerScript)}`);
    const worker = new Worker(url, {
      workerData: { memory: channel.memory, script: this.engineScript },
      // The script is plain JavaScript, so it needs no options of this process.
      execArgv: [],
    });
    worker.unref();
    this.#workers[index] = { channel, worker };
    const request = channel.nextRequest() as Request;
    if (request.kind !== 'next') throw new Error(`The worker starts with ${request.kind}`);
    return channel;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map(async ({ worker }) => await worker.terminate()));
  }
}
