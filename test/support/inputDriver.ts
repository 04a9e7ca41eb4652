// Reads its standard input as the command line and the hooks do, and prints what it read:
//   node inputDriver <InputRequest as JSON>; prints "waiting" when the input is empty for the first time.
import nodeFileSystem from 'node:fs';
import { readInput, readInputLine } from '../../core/system/processes/standardInput.js';

export interface InputRequest {
  /** How many lines to read before the rest. */
  readonly lines: number;
  readonly maxBytes: number;
}

const [, , argument = '{}'] = process.argv;
const { lines, maxBytes } = JSON.parse(argument) as InputRequest;
let isWaiting = false;
const readSync = ((...args: Parameters<typeof nodeFileSystem.readSync>) => {
  try {
    return nodeFileSystem.readSync(...args);
  } catch (error) {
    if (!isWaiting) nodeFileSystem.writeSync(1, 'waiting\n');
    isWaiting = true;
    throw error;
  }
}) as typeof nodeFileSystem.readSync;
const files = { readSync };
const found = Array.from({ length: lines }, () => readInputLine(files) ?? null);
console.log(JSON.stringify({ lines: found, rest: readInput(maxBytes, files).toString() }));
