import { fstatSync, readSync, statSync, writeSync, type Stats } from 'node:fs';
import { devNull } from 'node:os';
import { systemErrorCode } from '../../core/system/index.js';

// Plain descriptors, not process.stdout and process.stdin: loading Node's streams costs more than a whole backup of an
// unchanged database, and what was written synchronously cannot be lost at exit.
const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

type Descriptor = typeof STDOUT | typeof STDERR;

const closed = new Set<Descriptor>();

/** Writes all of it. Once the reader has gone (`| head`), further output is dropped without a word. */
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

/** A terminal is a character device, as is the null device; only else is it worth loading `node:tty` to be certain. */
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

/** What hooks and services hand over. Where every device says 0, `node:tty` decides. */
function isNullDevice({ rdev }: Stats): boolean {
  return rdev !== 0 && rdev === statSync(devNull, { throwIfNoEntry: false })?.rdev;
}

/** One line from standard input, without its end; undefined at the end of the input. */
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
