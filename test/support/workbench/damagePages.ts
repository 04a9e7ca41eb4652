import { closeSync, openSync, writeSync } from 'node:fs';

/** Overwrites pages in the middle of a database, as a failing disk would. */
export function damagePages(path: string): void {
  const file = openSync(path, 'r+');
  try {
    for (const page of [8, 9, 10, 11])
      writeSync(file, Buffer.alloc(PAGE_BYTES, 0x5a), 0, PAGE_BYTES, page * PAGE_BYTES);
  } finally {
    closeSync(file);
  }
}

const PAGE_BYTES = 4096;
