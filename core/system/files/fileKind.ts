import { asBackupError, systemErrorCode } from '../errors.js';
import type { Ports } from '../ports.js';

/** What lies at a path, links followed. A dangling link and a name that cannot exist are `nothing`. */
export function kindAt(path: string, ports: Pick<Ports, 'files'>): 'nothing' | 'folder' | 'file' {
  try {
    const stats = ports.files.statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'nothing';
    return stats.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENAMETOOLONG' || code === 'ELOOP' || code === 'ENOTDIR') return 'nothing';
    throw asBackupError(error, 'look at a path', path);
  }
}
