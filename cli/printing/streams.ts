import { fstatSync, statSync, writeSync, type Stats } from 'node:fs';
import { devNull } from 'node:os';
import { systemErrorCode } from '../../core/system/index.js';

// Descriptors instead of process.stdout: loading Node's streams takes longer than backing up an unchanged database, and
// synchronous output cannot be lost at exit.
export const STDOUT = 1;
export const STDERR = 2;

type Descriptor = typeof STDOUT | typeof STDERR;

const closed = new Set<Descriptor>();

/** Writes all of `text`. After the reader has closed the pipe (`| head`), output is dropped silently. */
export function write(descriptor: Descriptor, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0 && !closed.has(descriptor)) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EAGAIN') pause();
      else if (code === 'EPIPE' || code === 'EBADF') closed.add(descriptor);
      else throw error;
    }
  }
}

/** Loads `node:tty` only for a character device that is not the null device; nothing else can be a terminal. */
export async function isTerminal(descriptor: 0 | Descriptor): Promise<boolean> {
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isCharacterDevice() || isNullDevice(stats)) return false;
  } catch (error) {
    if (systemErrorCode(error) === 'EBADF') return false;
    throw error;
  }
  const { isatty } = await import('node:tty');
  return isatty(descriptor);
}

/** Hooks and services run with the null device. Where every device has the number 0, `node:tty` decides. */
function isNullDevice({ rdev }: Stats): boolean {
  return rdev !== 0 && rdev === statSync(devNull, { throwIfNoEntry: false })?.rdev;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}
