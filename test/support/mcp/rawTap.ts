import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { afterEach } from 'mocha';
import type { ServerCommand } from './servers.js';

export interface RawProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** All of standard output so far. */
  readonly output: () => Buffer;
  readonly stderr: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Resolves when standard output contains this text. */
  readonly saw: (text: string) => Promise<void>;
}

const running = new Set<RawProcess['child']>();

// A failing test must not leave a process running, which would keep mocha from ending.
afterEach('end the processes', () => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

/** Starts a command with pipes for raw bytes. */
export function startRaw(
  { command, args }: ServerCommand,
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): RawProcess {
  const child = spawn(command, [...args], { env: { ...process.env, ...env }, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const output = (): Buffer => Buffer.concat(chunks);
  return {
    child,
    output,
    stderr: () => stderr,
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal }))),
    saw: async (text) => {
      while (!output().includes(text)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`Ended without ${text}: ${output().toString()}${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}
