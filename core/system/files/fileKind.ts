import type { StatsBase } from 'node:fs';
import { asBackupError, systemErrorCode } from '../errors.js';
import type { Ports } from '../ports.js';

/** Also used in messages: "is a pipe, not a folder". */
export type FileKind = 'file' | 'folder' | 'link' | 'pipe' | 'socket' | 'device';

/** `link` only if the stats come from `lstat`. */
export function kindOf(stats: StatsBase<number> | StatsBase<bigint>): FileKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
}

/** Follows links. A dangling link and a name that cannot exist are `nothing`. */
export function kindAt(path: string, { files }: Pick<Ports, 'files'>): FileKind | 'nothing' {
  try {
    const stats = files.statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? 'nothing' : kindOf(stats);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENAMETOOLONG' || code === 'ELOOP' || code === 'ENOTDIR') return 'nothing';
    throw asBackupError(error, 'inspect a path', path);
  }
}
