import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const PEER_SCRIPT = join(import.meta.dirname, 'peer.py');

type Reply = Partial<Record<'ms' | 'sizeBytes', number>>;

export type PeerName = 'backup_api' | 'vacuum_into' | 'copy_and_sync' | 'original_tool';

/**
 * Warm Python processes: one creates and writes databases, the other runs the peers. They are separate because a peer
 * that closes a copied file would release the locks of a writer in the same process (POSIX). The next connection to
 * close would then delete the log that the writer still uses.
 */
export class PythonPeer {
  readonly #writer = new PythonProcess();
  readonly #peers = new PythonProcess();

  async make(database: string, sizeBytes: number): Promise<void> {
    await this.#writer.ask({ do: 'make', database, sizeBytes });
  }

  /** One committed write, as an agent makes it. */
  async touch(database: string): Promise<void> {
    await this.#writer.ask({ do: 'touch', database });
  }

  /** Closes the writer's connection, which checkpoints the database. */
  async release(database: string): Promise<void> {
    await this.#writer.ask({ do: 'release', database });
  }

  async run(peer: PeerName, database: string, target: string): Promise<number> {
    return (await this.#peers.ask({ do: peer, database, target })).ms ?? Number.NaN;
  }

  stop(): void {
    this.#writer.stop();
    this.#peers.stop();
  }
}

class PythonProcess {
  readonly #process = spawn('python3', [PEER_SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly #answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();

  stop(): void {
    this.#process.stdin.end();
  }

  async ask(command: Record<string, string | number>): Promise<Reply> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const answer: IteratorResult<string, unknown> = await this.#answers.next();
    if (answer.done === true) throw new Error(`peer.py ended during ${JSON.stringify(command)}`);
    return JSON.parse(answer.value) as Reply;
  }
}
