import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type Verdict = { readonly kind: 'ok' } | { readonly kind: 'torn' | 'stale' | 'broken'; readonly why: string };

/** Checks images independently with Python's SQLite, in one process for all images. */
export class SqliteChecker {
  readonly #process = spawn('python3', [fileURLToPath(new URL('checkImages.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  readonly #answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();

  constructor(private readonly scratchPath: string) {}

  async check(image: Buffer, acknowledged: readonly number[]): Promise<Verdict> {
    writeFileSync(this.scratchPath, image);
    this.#process.stdin.write([this.scratchPath, ...acknowledged].join('\t') + '\n');
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error('checkImages.py has ended');
    const [kind, ...rest] = answer.value.split(' ');
    if (kind === 'ok') return { kind };
    if (kind === 'torn' || kind === 'stale' || kind === 'broken') return { kind, why: rest.join(' ') };
    throw new Error(`checkImages.py printed ${answer.value}`);
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'close');
    this.#process.stdin.end();
    await ended;
  }
}
