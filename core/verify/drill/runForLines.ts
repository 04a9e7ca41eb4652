import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { BackupError, type Ports } from '../../system/index.js';

export interface ProgramRun {
  /** Absolute; started without a shell. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Ports['environment'];
  /** It is killed when this time is up. */
  readonly limitMs: number;
  /** Told of each line of its output, without its end. What it throws ends the program, and is thrown on. */
  readonly onLine: (line: string) => void;
}

export interface ProgramEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  /** The beginning of what it said on standard error. */
  readonly errors: string;
}

/** Runs a program to its end, keeping no more of its output than one line. Throws `time-limit`, and `io` where it does not start. */
export async function runForLines({ program, args, environment, limitMs, onLine }: ProgramRun): Promise<ProgramEnd> {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(program, args, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const errors = beginningOf(child);
  return await new Promise((resolve, reject) => {
    const give = (error: unknown): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      // Grandchildren may hold the pipes open after it has ended.
      child.stdout.destroy();
      child.stderr.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const timer = setTimeout(() => give(tooSlow(program, limitMs)), limitMs);
    child.once('error', (error) => give(notStarted(program, error)));
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, errors: errors().trim() });
    });
    splitLines(child.stdout, program, onLine, give);
  });
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function splitLines(
  output: Readable,
  program: string,
  onLine: (line: string) => void,
  give: (error: unknown) => void,
): void {
  let rest: string[] = [];
  let restLength = 0;
  output.setEncoding('latin1').on('data', (chunk: string) => {
    const [first = '', ...others] = chunk.split('\n');
    rest.push(first);
    restLength += first.length;
    if (restLength > MAX_LINE_LENGTH) {
      give(tooMuch(program));
      return;
    }
    const last = others.pop();
    if (last === undefined) return;
    try {
      for (const line of [rest.join(''), ...others]) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    } catch (error) {
      give(error);
    }
    rest = [last];
    restLength = last.length;
  });
}

/** A feature of 128 MB, which no process could hold as text in hex. */
const MAX_LINE_LENGTH = 256 * 1024 * 1024;

function beginningOf(child: Child): () => string {
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(0, MAX_ERROR_LENGTH);
  });
  return () => text;
}

const MAX_ERROR_LENGTH = 1000;

function notStarted(program: string, cause: Error): BackupError {
  return new BackupError(`${program} could not be started: ${cause.message}`, {
    code: 'io',
    operation: 'start the program',
    path: program,
    cause,
  });
}

function tooSlow(program: string, limitMs: number): BackupError {
  return new BackupError(`${program} has not answered within ${Math.round(limitMs / 1000).toString()} s`, {
    code: 'time-limit',
    operation: 'wait for the program',
    path: program,
  });
}

function tooMuch(program: string): BackupError {
  return new BackupError(`${program} printed a line without end`, {
    code: 'io',
    operation: 'read what the program prints',
    path: program,
  });
}
