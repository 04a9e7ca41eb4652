import { stat } from 'node:fs/promises';

/** Sizes and times as strings, which change with every write. */
export interface FileSignature {
  readonly database: string;
  readonly store: string;
}

/** In WAL mode a write does not change the main file. */
export const DATABASE_SUFFIXES = ['', '-wal', '-journal'] as const;

/**
 * For folders without file events: excluded folders and some remote file systems. A stat opens no descriptor, so it cannot
 * drop a POSIX lock that another extension in this process holds on the database.
 */
export async function fileSignature(databasePath: string, storePath: string): Promise<FileSignature> {
  const files = await Promise.all(DATABASE_SUFFIXES.map((suffix) => describe(databasePath + suffix)));
  return { database: files.join('|'), store: await describe(storePath) };
}

/**
 * Whether the database was written, removed or restored since the last poll; `last` is undefined at the first poll. A
 * file that was moved away and back between two polls keeps its signature, so it also counts as changed while it is
 * reported as missing.
 */
export function isDatabaseChanged(
  last: FileSignature | undefined,
  { database }: FileSignature,
  isReportedGone: boolean,
): boolean {
  if (isReportedGone && !database.startsWith(`${ABSENT}|`)) return true;
  return last !== undefined && database !== last.database;
}

const ABSENT = 'absent';

async function describe(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch {
    // Missing and unreadable files have the same signature.
    return ABSENT;
  }
}
