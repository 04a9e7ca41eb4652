import { dirname, join } from 'node:path';
import { isNotFound } from '../errors.js';
import { readSmallFile } from '../files/readSmallFile.js';
import type { Ports } from '../ports.js';
import { kindOf } from './pathKind.js';

/**
 * Where a database belongs that is gone while its backups are still there: the place that the newest backup names, else
 * the first place whose folder exists. Undefined where the store holds no backup either.
 */
export function placeOfLostDatabase(
  root: string,
  storePath: string,
  places: readonly string[],
  ports: Ports,
): string | undefined {
  const names = namesIn(storePath, ports);
  if (!names.some((name) => BACKUP_NAME.test(name))) return undefined;
  const origin = originOfNewest(storePath, names, ports);
  // Only a known place counts: the metadata lies in the project, and must not choose what a restore writes.
  const place =
    places.find((known) => known === origin) ??
    places.find((known) => dirname(known) !== '.' && kindOf(join(root, dirname(known)), ports) === 'folder') ??
    places.at(-1);
  return place === undefined ? undefined : join(root, place);
}

const BACKUP_NAME = /^features_.*\.db(\.gz)?$/;

/** Far above what metadata needs; a larger file is none. */
const MAX_METADATA_BYTES = 1024 * 1024;

function namesIn(folder: string, ports: Ports): readonly string[] {
  try {
    return ports.files.readdirSync(folder);
  } catch (error) {
    if (isNotFound(error)) return [];
    // A store that cannot be read is the store's own concern; here it only says nothing.
    return [];
  }
}

function originOfNewest(storePath: string, names: readonly string[], ports: Ports): string | undefined {
  const newest = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, time: /_(\d{8}-\d{6})/.exec(name)?.[1] ?? '' }))
    .sort((a, b) => b.time.localeCompare(a.time))
    .at(0);
  if (newest === undefined) return undefined;
  try {
    const path = join(storePath, newest.name);
    const text = readSmallFile(path, MAX_METADATA_BYTES, ports.files)?.toString('utf8');
    const metadata: unknown = text === undefined ? undefined : JSON.parse(text);
    if (typeof metadata !== 'object' || metadata === null || !('original_file' in metadata)) return undefined;
    return typeof metadata.original_file === 'string' ? metadata.original_file.replaceAll('\\', '/') : undefined;
  } catch {
    // Unreadable metadata is an ordinary state of a store; the folders then tell.
    return undefined;
  }
}
