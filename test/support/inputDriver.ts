// Reads lines of its standard input as the command line does, and prints them:
//   node inputDriver <InputRequest as JSON>; prints "waiting" when a line is not there yet.
import nodeFileSystem from 'node:fs';
import { readInputLine } from '../../core/system/processes/standardInput.js';

export interface InputRequest {
  /** How many lines to read. */
  readonly lines: number;
}

const [, , argument = '{}'] = process.argv;
const { lines } = JSON.parse(argument) as InputRequest;
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
console.log(JSON.stringify(Array.from({ length: lines }, () => readInputLine({ readSync }) ?? null)));
