import { write } from 'node:fs';
import { visible } from '../../core/system/index.js';

/**
 * Says something on standard error without ever waiting for whoever reads it. The descriptor is shared with the server, so
 * it is written to as it is: a stream would make it non-blocking for the server as well.
 */
export function notice(text: string): void {
  if (pending >= MOST_PENDING) return;
  pending++;
  write(2, `feature-backups: ${visible(text.replaceAll('\n', ' '))}\n`, () => {
    pending--;
  });
}

let pending = 0;
/** Each pending write holds one of Node's four threads for files. */
const MOST_PENDING = 2;
