import { join } from 'node:path';
import { removeQuietly, sweepLockFiles, type Ports } from '../system/index.js';
import { isTemporaryFile, SIDE_FILE_SUFFIXES } from './storeFiles.js';

/**
 * Removes what a process left that died in the middle of a backup or of pruning, and returns the other names. For the
 * holder of the store's lock: temporary files are only ever written by its holder, so all that are there now have no
 * owner. What cannot be removed is left for the next time.
 */
export function sweepLeftovers(storePath: string, names: readonly string[], ports: Ports): readonly string[] {
  sweepLockFiles(storePath, names, ports.files);
  const present = new Set(names);
  const leftovers = new Set(names.filter((name) => isLeftover(name, present)));
  for (const name of leftovers) removeQuietly(join(storePath, name), ports.files);
  return leftovers.size === 0 ? names : names.filter((name) => !leftovers.has(name));
}

function isLeftover(name: string, present: ReadonlySet<string>): boolean {
  if (isTemporaryFile(name)) return true;
  const id = COMPANION.exec(name)?.[1];
  return id !== undefined && !present.has(`${id}.db`) && !present.has(`${id}.db.gz`);
}

/** Metadata and side files, by names that only backups have: a user's own `features_notes.json` is none of ours. */
const COMPANION = new RegExp(
  `^(features_(?:\\d+|emergency)_\\d{8}-\\d{6}.*)(?:\\.json|\\.db(?:${SIDE_FILE_SUFFIXES.join('|')}))$`,
  's',
);
