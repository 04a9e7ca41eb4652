import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { isNotFound } from '../errors.js';
import { systemOf, type Ports } from '../ports.js';
import { uniqueToken } from '../processes/uniqueToken.js';
import { publishFile } from './atomicWrite.js';
import { kindOf } from './fileKind.js';

export const LOCK_ASIDE_PREFIX = '.lock-aside-';

/** Identifies an entry that has a lock's name. In the form of a token, because both become parts of file names. */
export function entryIdentity({ ino, mtimeMs }: Stats): string {
  return `0-${ino.toString(36)}-${Math.abs(Math.trunc(mtimeMs)).toString(36)}`;
}

/**
 * Renames the entry at `path` if it still has that identity, without following or deleting it. Returns its new path, or
 * undefined if the name now belongs to another entry. The caller owns the takeover file.
 */
export function moveAside(path: string, identity: string, ports: Pick<Ports, 'files' | 'system'>): string | undefined {
  const { files } = ports;
  const before = files.lstatSync(path, { throwIfNoEntry: false });
  if (before === undefined || entryIdentity(before) !== identity) return undefined;
  const asidePath = join(dirname(path), LOCK_ASIDE_PREFIX + uniqueToken(systemOf(ports)));
  try {
    files.renameSync(path, asidePath);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const moved = files.lstatSync(asidePath);
  if (entryIdentity(moved) === identity && kindOf(moved) === kindOf(before)) return asidePath;
  // Between the two calls, the user removed the entry and a lock took the name. The lock is renamed back; if another
  // process has the name by now, the lock's owner detects that before it publishes anything.
  publishFile(asidePath, path, files);
  return undefined;
}
