import { write } from 'node:fs';
import { visible } from '../../core/system/index.js';

/**
 * Prints to standard error without waiting for its reader. Writes to the descriptor, because a stream would make it
 * non-blocking for the server, which shares it.
 */
export function notice(text: string): void {
  if (pending >= MAX_PENDING) return;
  pending++;
  write(2, `feature-backups: ${visible(text.replaceAll('\n', ' '))}\n`, () => {
    pending--;
  });
}

let pending = 0;
/** Each pending write occupies one of Node's four file threads. */
const MAX_PENDING = 2;
