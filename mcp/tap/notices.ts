import { constants, openSync, write, writeSync } from 'node:fs';
import { systemErrorCode, visible } from '../../core/system/index.js';

/**
 * Prints to standard error without waiting for its reader. Writes to the descriptor, because a stream would make it
 * non-blocking for the server, which shares it.
 */
export function notice(text: string): void {
  const line = Buffer.from(`feature-backups: ${visible(text.replaceAll('\n', ' '))}\n`);
  own ??= openOwn();
  if (own === undefined) writeInBackground(line);
  else writeIfItFits(own, line);
}

/** Whether a notice is still being written, which keeps this process from exiting. */
export function isNoticeStuck(): boolean {
  return pending > 0;
}

/** Standard error, opened again in non-blocking mode. Undefined if the system can only duplicate the descriptor. */
let own: number | undefined;

function openOwn(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return openSync(
      '/proc/self/fd/2',
      constants.O_WRONLY | constants.O_APPEND | constants.O_NOCTTY | constants.O_NONBLOCK,
    );
  } catch {
    // A socket cannot be opened again.
    return undefined;
  }
}

/** Up to this size, a pipe takes all of it or nothing. */
const PIPE_BUF = 4096;

function writeIfItFits(descriptor: number, line: Buffer): void {
  try {
    writeSync(descriptor, line.length <= PIPE_BUF ? line : Buffer.concat([line.subarray(0, PIPE_BUF - 1), NEW_LINE]));
  } catch (error) {
    // The reader is too slow, or has closed the pipe.
    if (systemErrorCode(error) === undefined) throw error;
  }
}

const NEW_LINE = Buffer.from('\n');

function writeInBackground(line: Buffer): void {
  if (pending >= MAX_PENDING) return;
  pending++;
  write(2, line, () => {
    pending--;
  });
}

let pending = 0;
/** Each pending write occupies one of Node's four file threads. */
const MAX_PENDING = 2;
