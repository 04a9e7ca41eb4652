import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runPython } from '../support/pythonSqlite.js';
import type { SeededChoice } from './seededChoice.js';

export type TortureMode = 'WAL' | 'DELETE' | 'TRUNCATE' | 'PERSIST' | 'MEMORY' | 'SWITCH';

export const WRITER_COUNT = 4;

/** Four processes that write without pause. Now and then, one of them is killed and restarted. */
export class Writers {
  readonly #acknowledgements: string;
  readonly #running = new Map<number, ChildProcess>();
  readonly #errors: string[] = [];
  #killTimer: NodeJS.Timeout | undefined;
  #started = 0;
  #isStopped = false;
  kills = 0;

  constructor(
    readonly databasePath: string,
    private readonly mode: TortureMode,
    private readonly choice: SeededChoice,
  ) {
    this.#acknowledgements = `${databasePath}.acknowledged`;
    writeFileSync(this.#acknowledgements, '0'.repeat(WRITER_COUNT * RECORD_BYTES));
    this.#create();
  }

  start(): void {
    for (let writer = 0; writer < WRITER_COUNT; writer += 1) this.#startOne(writer);
    // A kill in MEMORY mode damages the database permanently, as SQLite documents.
    if (this.mode !== 'MEMORY') this.#planKill();
  }

  /** The number of acknowledged commits of each writer. */
  acknowledged(): number[] {
    const text = readFileSync(this.#acknowledgements, 'latin1');
    return Array.from({ length: WRITER_COUNT }, (_, writer) =>
      Number(text.slice(writer * RECORD_BYTES, (writer + 1) * RECORD_BYTES)),
    );
  }

  /** The standard error of writers that ended by themselves: a bug of the torture test, not of the engine. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#killTimer);
    await Promise.all([...this.#running.keys()].map((writer) => this.#kill(writer)));
  }

  #create(): void {
    const { status, stderr } = spawnSync(PYTHON, this.#arguments('create', 0), { encoding: 'utf8' });
    if (status !== 0) throw new Error(`The database could not be made: ${stderr}`);
  }

  #arguments(command: string, writer: number): string[] {
    this.#started += 1;
    const seed = `${this.choice.seed}-${String(this.#started)}`;
    return [SCRIPT, command, this.databasePath, this.mode, String(writer), seed, this.#acknowledgements];
  }

  #startOne(writer: number): void {
    const child = spawn(PYTHON, this.#arguments('write', writer), { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#errors.push(text));
    this.#running.set(writer, child);
  }

  #planKill(): void {
    this.#killTimer = setTimeout(() => void this.#replaceOne(), this.choice.between(100, 700));
  }

  async #replaceOne(): Promise<void> {
    const writer = this.choice.between(0, WRITER_COUNT - 1);
    await this.#kill(writer);
    if (this.#isStopped) return;
    this.kills += 1;
    this.#startOne(writer);
    this.#planKill();
  }

  async #kill(writer: number): Promise<void> {
    const child = this.#running.get(writer);
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

// The interpreter itself: a wrapper on PATH may take longer to start than a writer runs.
const PYTHON = runPython('import sys; print(sys.executable)').trim();
const SCRIPT = fileURLToPath(new URL('writer.py', import.meta.url));
const RECORD_BYTES = 16;
