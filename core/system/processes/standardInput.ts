import { systemErrorCode } from '../errors.js';
import type { FileSystem } from '../ports.js';

// A descriptor instead of process.stdin: loading Node's streams takes longer than backing up an unchanged database.
const STDIN = 0;

type InputPort = Pick<FileSystem, 'readSync'>;

/**
 * One line of standard input without its line break; undefined at the end of the input. Reads byte by byte, because the
 * rest of the input belongs to the next reader. A line of more than 4096 bytes, which no terminal delivers, is cut off.
 */
export function readInputLine(files: InputPort): string | undefined {
  const byte = Buffer.alloc(1);
  const line: number[] = [];
  while (line.length < MAX_LINE_BYTES) {
    if (readSome(byte, files) === 0) {
      if (line.length === 0) return undefined;
      break;
    }
    if (byte[0] === LINE_END) break;
    line.push(byte[0] ?? 0);
  }
  return Buffer.from(line).toString();
}

const MAX_LINE_BYTES = 4096;
const LINE_END = 0x0a;

/** At least one byte; 0 at the end of the input. */
function readSome(into: Buffer, files: InputPort): number {
  for (;;) {
    try {
      return files.readSync(STDIN, into, 0, into.length, null);
    } catch (error) {
      const code = systemErrorCode(error);
      // Windows reports EOF; a pipe that another process made non-blocking reports EAGAIN while it is empty.
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

const PAUSE_MS = 5;
