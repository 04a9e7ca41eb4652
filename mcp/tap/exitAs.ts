import { constants } from 'node:os';
import { isNoticeStuck } from './notices.js';

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Ends this process as the server ended: with the same exit code, or by the same signal. */
export function exitAs({ code, signal }: ExitStatus): void {
  // A regular exit would wait for the reader of standard error.
  if (isNoticeStuck()) process.kill(process.pid, 'SIGKILL');
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  // On Windows, or if the signal does not end this process, use the shell's exit code for it.
  if (process.platform !== 'win32') process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
}

/** Resolves when everything written so far has been sent, or can no longer be sent. */
export function flush(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
