import { constants } from 'node:os';

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Ends this process exactly as the server has ended: with its exit code, or by the signal that ended it. */
export function exitAs({ code, signal }: ExitStatus): void {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  // Windows knows no death by signal; where the signal does not end this process, the shell's number for it does.
  if (process.platform !== 'win32') process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
}

/** Resolves when everything written so far has left this process, or can never leave it. */
export function flush(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
