import { userConfigurationPath } from '../project/index.js';
import type { Ports } from '../system/index.js';

/** The files that hold a database's content. Its `-shm` is left out: it changes when somebody only reads. */
export const CONTENT_SUFFIXES = ['', '-wal', '-journal'] as const;

/** What tells that a database may have been written since the last look. Nothing is opened. */
export function databaseSignature(databasePath: string, ports: Ports): string {
  return CONTENT_SUFFIXES.map((suffix) => fileSignature(databasePath + suffix, ports)).join(' ');
}

/** What tells that the user's own configuration may have changed. */
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
    // Whoever wants to read it will say what is wrong.
    return '?';
  }
}
