import { userConfigurationPath } from '../project/index.js';
import type { Ports } from '../system/index.js';

/** The files with a database's content. `-shm` is excluded, because reading changes it too. */
export const CONTENT_SUFFIXES = ['', '-wal', '-journal'] as const;

/** Changes whenever the database may have been written. Opens no file. */
export function databaseSignature(databasePath: string, ports: Ports): string {
  return CONTENT_SUFFIXES.map((suffix) => fileSignature(databasePath + suffix, ports)).join(' ');
}

/** Changes whenever the user's configuration may have changed. */
export function userConfigurationSignature(ports: Ports): string {
  const path = userConfigurationPath(ports.environment, process.platform);
  return path === undefined ? '' : fileSignature(path, ports);
}

function fileSignature(path: string, { files }: Ports): string {
  try {
    const stats = files.statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stats === undefined) return '-';
    return [stats.dev, stats.ino, stats.size, stats.mtimeNs].map(String).join(':');
  } catch {
    // Reading the file later reports the error.
    return '?';
  }
}
