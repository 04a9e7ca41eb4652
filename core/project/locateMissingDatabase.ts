import { dirname, join } from 'node:path';
import {
  asBackupError,
  isNotFound,
  parseJson,
  readFolder,
  readSmallFile,
  asRecord,
  systemErrorCode,
  kindAt,
  type BackupError,
  type Ports,
} from '../system/index.js';

/**
 * The path of a missing database that has backups: the path in the newest metadata, else the first one whose folder
 * exists. Undefined if the store contains no backup. Throws if the store cannot be read, because the path is then unknown.
 */
export function locateMissingDatabase(
  root: string,
  storePath: string,
  databasePaths: readonly string[],
  ports: Ports,
): string | undefined {
  const names = namesIn(storePath, ports);
  if (!names.some((name) => BACKUP_NAME.test(name))) return undefined;
  const origin = originOfNewest(storePath, names, ports);
  // Only known paths count: metadata in the project must not decide which file a restore writes.
  const place =
    databasePaths.find((known) => known === origin) ??
    databasePaths.find((known) => dirname(known) !== '.' && kindAt(join(root, dirname(known)), ports) === 'folder') ??
    databasePaths.at(-1);
  return place === undefined ? undefined : join(root, place);
}

const BACKUP_NAME = /^features_.*\.db(\.gz)?$/;

/** Far larger than any metadata. */
const MAX_METADATA_BYTES = 1024 * 1024;

function namesIn(folder: string, ports: Ports): readonly string[] {
  try {
    return readFolder(folder, ports.files, () => true);
  } catch (error) {
    if (isNotFound(error) || systemErrorCode(error) === 'ENOTDIR') return [];
    throw asBackupError(error, 'read the backup store', folder);
  }
}

/** From the newest valid metadata. Throws if only unreadable ones could contain it. */
function originOfNewest(storePath: string, names: readonly string[], ports: Ports): string | undefined {
  const newestFirst = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, time: /_(\d{8}-\d{6})/.exec(name)?.[1] ?? '' }))
    .sort((a, b) => b.time.localeCompare(a.time))
    .slice(0, MAX_METADATA_FILES);
  let firstError: BackupError | undefined;
  for (const { name } of newestFirst) {
    const path = join(storePath, name);
    try {
      const origin = parseOrigin(readSmallFile(path, MAX_METADATA_BYTES, ports.files)?.toString('utf8'));
      if (origin !== undefined) return origin;
    } catch (error) {
      firstError ??= asBackupError(error, 'find the path of the database', path);
    }
  }
  if (firstError !== undefined) throw firstError;
  return undefined;
}

/** The first one nearly always suffices; a store full of damaged metadata must not cause a long search. */
const MAX_METADATA_FILES = 20;

function parseOrigin(text: string | undefined): string | undefined {
  const { original_file: origin } = asRecord(parseJson(text));
  return typeof origin === 'string' ? origin.replaceAll('\\', '/') : undefined;
}
