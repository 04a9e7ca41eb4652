import { write } from 'node:fs';

/**
 * Says something on standard error without ever waiting for whoever reads it. The descriptor is shared with the server, so
 * it is written to as it is: a stream would make it non-blocking for the server as well.
 */
export function notice(text: string): void {
  if (pending >= MOST_PENDING) return;
  pending++;
  write(2, `feature-backups: ${text.replace(/[\0-\x1f\x7f]+/g, ' ')}\n`, () => {
    pending--;
  });
}

let pending = 0;
/** Each pending write holds one of Node's four threads for files. */
const MOST_PENDING = 2;
