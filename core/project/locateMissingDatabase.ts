import { dirname, join } from 'node:path';
import {
  asBackupError,
  isNotFound,
  parseJson,
  readFolder,
  readSmallFile,
  recordOf,
  systemErrorCode,
  kindAt,
  type BackupError,
  type Ports,
} from '../system/index.js';

/**
 * Where a database belongs that is gone while its backups are still there: the place that the newest backup names, else
 * the first place whose folder exists. Undefined where the store holds no backup either. Throws what keeps the store from
 * being read: then it is unknown whether this is a project, and which place its database had.
 */
export function locateMissingDatabase(
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
    places.find((known) => dirname(known) !== '.' && kindAt(join(root, dirname(known)), ports) === 'folder') ??
    places.at(-1);
  return place === undefined ? undefined : join(root, place);
}

const BACKUP_NAME = /^features_.*\.db(\.gz)?$/;

/** Far above what metadata needs; a larger file is none. */
const MAX_METADATA_BYTES = 1024 * 1024;

function namesIn(folder: string, ports: Ports): readonly string[] {
  try {
    return readFolder(folder, ports.files, () => true);
  } catch (error) {
    if (isNotFound(error) || systemErrorCode(error) === 'ENOTDIR') return [];
    throw asBackupError(error, 'read the backup store', folder);
  }
}

/** As the newest metadata say it that are not damaged. Throws where the system refused to read all that could tell. */
function originOfNewest(storePath: string, names: readonly string[], ports: Ports): string | undefined {
  const newestFirst = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, time: /_(\d{8}-\d{6})/.exec(name)?.[1] ?? '' }))
    .sort((a, b) => b.time.localeCompare(a.time))
    .slice(0, MAX_READ);
  let refusal: BackupError | undefined;
  for (const { name } of newestFirst) {
    const path = join(storePath, name);
    try {
      const origin = originIn(readSmallFile(path, MAX_METADATA_BYTES, ports.files)?.toString('utf8'));
      if (origin !== undefined) return origin;
    } catch (error) {
      refusal ??= asBackupError(error, 'read where the database was', path);
    }
  }
  if (refusal !== undefined) throw refusal;
  return undefined;
}

/** Nearly always the first tells; a store full of damaged metadata must not hold everything up. */
const MAX_READ = 20;

function originIn(text: string | undefined): string | undefined {
  const { original_file: origin } = recordOf(parseJson(text));
  return typeof origin === 'string' ? origin.replaceAll('\\', '/') : undefined;
}
