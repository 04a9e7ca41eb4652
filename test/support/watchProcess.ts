import { spawn } from 'node:child_process';
import { bareEnvironment, buildCli, CLI_PATH } from './runCli.js';

/** One line of `feature-backups watch --json`. */
export interface WatchLine {
  readonly event: string;
  readonly project?: string | null;
  readonly [key: string]: unknown;
}

export interface WatchProcess {
  readonly pid: number;
  /** All lines so far. */
  readonly lines: readonly WatchLine[];
  /** The next matching line among those not yet returned. Fails if the process ends first. */
  next(isIt: (line: WatchLine) => boolean): Promise<WatchLine>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly stderr: string;
  }>;
}

/** Short for fast tests, but long enough for a slow machine. */
const SHORT_TIMES = ['--quiet-time', '0.3', '--longest-wait', '2', '--look-every', '1'];

/** Starts the built watcher in its own process; the caller ends it. */
export function startWatch(args: readonly string[], env: Readonly<Record<string, string>>): WatchProcess {
  buildCli();
  const child = spawn(process.execPath, [CLI_PATH, 'watch', '--json', ...SHORT_TIMES, ...args], {
    env: bareEnvironment(env),
  });
  const lines: WatchLine[] = [];
  const waiting = new Set<() => void>();
  let pending = '';
  let stderr = '';
  let hasEnded = false;
  let asked = 0;
  const wake = (): void => {
    for (const check of [...waiting]) check();
  };
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (pending + chunk).split('\n');
    pending = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line) as WatchLine));
    wake();
  });
  const ended = new Promise<Awaited<WatchProcess['ended']>>((resolve) => {
    child.on('close', (code, signal) => {
      hasEnded = true;
      wake();
      resolve({ code, signal, stderr });
    });
  });
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    kill: (signal) => void child.kill(signal),
    next: async (isIt) =>
      await new Promise((resolve, reject) => {
        const check = (): void => {
          const at = lines.findIndex((line, index) => index >= asked && isIt(line));
          const line = lines[at];
          if (line === undefined && !hasEnded) return;
          waiting.delete(check);
          if (line === undefined) reject(new Error(`The watcher ended: ${JSON.stringify(lines)} ${stderr}`));
          else {
            asked = at + 1;
            resolve(line);
          }
        };
        waiting.add(check);
        check();
      }),
  };
}
