import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { isNotFound } from '../errors.js';
import { systemOf, type Ports } from '../ports.js';
import { uniqueToken } from '../processes/uniqueToken.js';
import { publishFile } from './atomicWrite.js';
import { kindOf } from './fileKind.js';

export const LOCK_ASIDE_PREFIX = '.lock-aside-';

/** Tells a thing in a lock's place from any other there; in the form of a token, as both become parts of file names. */
export function identityOf({ ino, mtimeMs }: Stats): string {
  return `0-${ino.toString(36)}-${Math.abs(Math.trunc(mtimeMs)).toString(36)}`;
}

/**
 * Renames what lies at `path` if it still is the thing of that identity. Never follows or deletes it. Returns where it
 * lies now, or undefined where the name belongs to something else. The caller holds the right to do so.
 */
export function moveAside(path: string, identity: string, ports: Pick<Ports, 'files' | 'system'>): string | undefined {
  const { files } = ports;
  const seen = files.lstatSync(path, { throwIfNoEntry: false });
  if (seen === undefined || identityOf(seen) !== identity) return undefined;
  const aside = join(dirname(path), LOCK_ASIDE_PREFIX + uniqueToken(systemOf(ports)));
  try {
    files.renameSync(path, aside);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const moved = files.lstatSync(aside);
  if (identityOf(moved) === identity && kindOf(moved) === kindOf(seen)) return aside;
  // Somebody removed the thing by hand, and a lock took its name between the two calls. Its owner may not have noticed
  // yet; if another process has the name by now, the owner finds out before it publishes anything.
  publishFile(aside, path, files);
  return undefined;
}
