import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const PEER_SCRIPT = join(import.meta.dirname, 'peer.py');

type Answer = Partial<Record<'ms' | 'sizeBytes', number>>;

export type PeerName = 'backup_api' | 'vacuum_into' | 'copy_and_sync' | 'original_tool';

/** A warm Python process that makes databases, writes to them, and runs the peers against them. */
export class PythonPeer {
  readonly #process = spawn('python3', [PEER_SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly #answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();

  async make(database: string, sizeBytes: number): Promise<void> {
    await this.#ask({ do: 'make', database, sizeBytes });
  }

  /** One committed write, as an agent makes it. */
  async touch(database: string): Promise<void> {
    await this.#ask({ do: 'touch', database });
  }

  /** Closes the writer's connection, so that the database is settled. */
  async release(database: string): Promise<void> {
    await this.#ask({ do: 'release', database });
  }

  async run(peer: PeerName, database: string, target: string): Promise<number> {
    return (await this.#ask({ do: peer, database, target })).ms ?? Number.NaN;
  }

  stop(): void {
    this.#process.stdin.end();
  }

  async #ask(command: Record<string, string | number>): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`peer.py ended during ${JSON.stringify(command)}`);
    return JSON.parse(value) as Answer;
  }
}
