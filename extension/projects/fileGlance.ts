import { stat } from 'node:fs/promises';

/** Sizes and times as strings: other than before when somebody has written. */
export interface FileGlance {
  readonly database: string;
  readonly store: string;
}

/** In WAL mode the main file's own time does not move when something is written. */
export const DATABASE_SUFFIXES = ['', '-wal', '-journal'] as const;

/**
 * For where watchers say nothing: excluded folders, some remote file systems. A stat opens no descriptor, so it cannot
 * drop a lock that another extension of this process holds on the database.
 */
export async function glanceAt(databasePath: string, storePath: string): Promise<FileGlance> {
  const files = await Promise.all(DATABASE_SUFFIXES.map((suffix) => describe(databasePath + suffix)));
  return { database: files.join('|'), store: await describe(storePath) };
}

async function describe(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch {
    // Gone, or not to be seen: either way the same answer until that changes.
    return 'absent';
  }
}
