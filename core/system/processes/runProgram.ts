import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { BackupError, systemErrorCode } from '../errors.js';
import type { Ports } from '../ports.js';
import { endGroup, HAS_GROUPS, signalGroup, startAttached } from './processGroup.js';

export interface ProgramStart {
  /** Absolute (`findProgram`); started without a shell. */
  readonly program: string;
  readonly args: readonly string[];
  /** The complete environment. */
  readonly environment: Ports['environment'];
  /** The working directory; that of this process by default. */
  readonly folder?: string | undefined;
}

export interface ProgramRun extends ProgramStart {
  /** Standard input; empty by default. */
  readonly input?: string | undefined;
  /** The program is killed after this time. */
  readonly limitMs: number;
  /** The program is killed if it prints more; 64 MiB by default. */
  readonly maxOutputBytes?: number | undefined;
}

export interface ProgramResult {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly output: Buffer;
  /** Standard error; for a long text, its start and end. */
  readonly errors: string;
}

/**
 * Runs a program to its end. `onOutput` receives the output instead of `output`; if it throws, the program is ended and
 * the error rethrown. When the program is ended early, or when this process ends, its child processes end too. Throws
 * `time-limit`, `too-large` for too much output, and `io` if it cannot be started.
 */
export async function runProgram(run: ProgramRun, onOutput?: (chunk: Buffer) => void): Promise<ProgramResult> {
  const { child, release } = startAttached(() => start(run));
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const abort = (error: unknown): void => {
        endGroup(child, 'SIGKILL');
        // Another process may have them open.
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      timer = setTimeout(() => abort(timeLimitExceeded(run)), run.limitMs);
      child.once('error', (error) => abort(startFailed(run, error)));
      const output = collectOutput(run);
      const errors = collectErrors(child);
      child.stdout?.on('data', (chunk: Buffer) => {
        try {
          (onOutput ?? output.add)(chunk);
        } catch (error) {
          abort(error);
        }
      });
      child.once('close', (code) => resolve({ code, output: output.all(), errors: errors() }));
      // It may end before it has read everything; its exit code shows why.
      child.stdin?.on('error', () => undefined).end(run.input);
    });
  } finally {
    clearTimeout(timer);
    release();
  }
}

/** Like `runProgram`, but blocks this process. */
export function runProgramSync(run: ProgramRun): ProgramResult {
  const options = {
    ...optionsOf(run),
    // Not documented, but it works as for `spawn`.
    detached: HAS_GROUPS,
    input: Buffer.from(run.input ?? ''),
    maxBuffer: run.maxOutputBytes ?? MAX_OUTPUT_BYTES,
    timeout: run.limitMs,
    // A program can ignore any other signal.
    killSignal: 'SIGKILL' as const,
  };
  const { pid, status, stdout, stderr, error } = wrapStartError(run, () => spawnSync(run.program, run.args, options));
  const code = systemErrorCode(error);
  if (code === 'ETIMEDOUT' || code === 'ENOBUFS') {
    if (HAS_GROUPS) signalGroup(pid, 'SIGKILL');
    throw code === 'ETIMEDOUT' ? timeLimitExceeded(run) : tooMuchOutput(run);
  }
  // EPIPE: it ended before reading everything.
  if (error !== undefined && code !== 'EPIPE') throw startFailed(run, error);
  return { code: status, output: stdout, errors: shortened(stderr).toString('utf8') };
}

/** Starts a program that outlives this process. A failed start is not reported. */
export function startDetached(start: ProgramStart): void {
  const child = spawn(start.program, start.args, { ...optionsOf(start), detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}

function start(run: ProgramRun): ChildProcess {
  const stdin = run.input === undefined ? 'ignore' : 'pipe';
  const options = { ...optionsOf(run), detached: HAS_GROUPS };
  return wrapStartError(run, () => spawn(run.program, run.args, { ...options, stdio: [stdin, 'pipe', 'pipe'] }));
}

/** Node itself throws for arguments that no system accepts: too many bytes, or a null character. */
function wrapStartError<T>(run: ProgramRun, spawnChild: () => T): T {
  try {
    return spawnChild();
  } catch (error) {
    throw startFailed(run, error);
  }
}

function optionsOf({ environment, folder }: ProgramStart): {
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly windowsHide: true;
} {
  return { cwd: folder, env: { ...environment }, windowsHide: true };
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

function collectOutput(run: ProgramRun): { readonly add: (chunk: Buffer) => void; readonly all: () => Buffer } {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const add = (chunk: Buffer): void => {
    sizeBytes += chunk.length;
    if (sizeBytes > (run.maxOutputBytes ?? MAX_OUTPUT_BYTES)) throw tooMuchOutput(run);
    chunks.push(chunk);
  };
  return { add, all: () => Buffer.concat(chunks) };
}

function collectErrors({ stderr }: ChildProcess): () => string {
  let text: Buffer = Buffer.alloc(0);
  stderr?.on('data', (chunk: Buffer) => {
    text = shortened(Buffer.concat([text, chunk]));
  });
  return () => text.toString('utf8');
}

/** Long enough to show why a program failed. */
function shortened(text: Buffer): Buffer {
  if (text.length <= 2 * SHOWN_BYTES) return text;
  return Buffer.concat([text.subarray(0, SHOWN_BYTES), text.subarray(-SHOWN_BYTES)]);
}

const SHOWN_BYTES = 32 * 1024;

function startFailed({ program }: ProgramRun, cause: unknown): BackupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackupError(`Could not start ${program}: ${reason}`, {
    code: 'io',
    operation: 'start a program',
    path: program,
    cause,
  });
}

function timeLimitExceeded({ program, limitMs }: ProgramRun): BackupError {
  return new BackupError(`${program} did not finish within ${Math.round(limitMs / 1000).toString()} s`, {
    code: 'time-limit',
    operation: 'wait for a program',
    path: program,
  });
}

function tooMuchOutput({ program }: ProgramRun): BackupError {
  return new BackupError(`${program} printed too much output`, {
    code: 'too-large',
    operation: 'read the output of a program',
    path: program,
  });
}
