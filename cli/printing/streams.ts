import { fstatSync, readSync, statSync, writeSync, type Stats } from 'node:fs';
import { devNull } from 'node:os';
import { systemErrorCode } from '../../core/system/index.js';

// Descriptors instead of process.stdout and process.stdin: loading Node's streams takes longer than backing up
// an unchanged database, and synchronous output cannot be lost at exit.
const STDIN = 0;
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

/** Hooks and services get it. Where every device has the number 0, `node:tty` decides. */
function isNullDevice({ rdev }: Stats): boolean {
  return rdev !== 0 && rdev === statSync(devNull, { throwIfNoEntry: false })?.rdev;
}

/** One line from standard input without its line end; undefined at the end of the input. */
export function readLine(): string | undefined {
  const byte = Buffer.alloc(1);
  const line: number[] = [];
  for (;;) {
    const length = readByte(byte);
    if (length === 0) return line.length === 0 ? undefined : Buffer.from(line).toString();
    if (byte[0] === 0x0a) return Buffer.from(line).toString();
    line.push(byte[0] ?? 0);
  }
}

function readByte(into: Buffer): number {
  for (;;) {
    try {
      return readSync(STDIN, into, 0, 1, null);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}
