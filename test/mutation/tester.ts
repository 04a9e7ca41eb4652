import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { RunTests, TestsRan } from './messages.js';

/** How a run of tests ended. */
export type Outcome = TestsRan | 'too long' | 'crashed';

/** A test process (testProcess.ts). It is started on the first request, and again after it was stopped. */
export class Tester {
  readonly #folder: string;
  readonly #testFiles: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  #child: Promise<ChildProcess> | undefined;

  constructor(folder: string, testFiles: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#folder = folder;
    this.#testFiles = testFiles;
    this.#environment = environment;
  }

  async run(request: RunTests, limitMs: number): Promise<Outcome> {
    this.#child ??= this.#start();
    let child: ChildProcess;
    try {
      child = await this.#child;
    } catch {
      this.#child = undefined;
      return 'crashed';
    }
    const outcome = await new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => {
        resolve('too long');
      }, limitMs);
      child.once('message', (message) => {
        clearTimeout(timer);
        resolve(message as TestsRan);
      });
      child.once('exit', () => {
        clearTimeout(timer);
        resolve('crashed');
      });
      child.send(request, () => undefined);
    });
    child.removeAllListeners('message').removeAllListeners('exit');
    if (outcome === 'too long' || outcome === 'crashed') await this.stop();
    return outcome;
  }

  async stop(): Promise<void> {
    const child = await this.#child?.catch(() => undefined);
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  #start(): Promise<ChildProcess> {
    const child = fork('test/mutation/testProcess.ts', [...this.#testFiles], {
      cwd: this.#folder,
      execArgv: ['--import', 'tsx/esm'],
      env: { ...process.env, MUTATION_RUN: '1', TMPDIR: scratchFolder(), ...this.#environment },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
      child.once('message', () => {
        clearTimeout(timer);
        child.removeAllListeners('exit');
        resolve(child);
      });
      child.once('error', reject);
      child.once('exit', () => {
        clearTimeout(timer);
        reject(new Error('The test process ended while it loaded the tests'));
      });
    });
  }
}

/** In memory if the system has such a folder: the tests do not depend on the disk, and syncs take most of the time. */
function scratchFolder(): string {
  return process.platform === 'linux' && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

const START_LIMIT_MS = 120_000;
