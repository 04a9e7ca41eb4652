import type { Stats } from 'node:fs';
import { join } from 'node:path';
import {
  asBackupError,
  explainDenied,
  isNotFound,
  readFolder,
  systemOf,
  type FileSystem,
  type Ports,
} from '../system/index.js';
import type { FeatureCounts } from '../database/index.js';
import {
  newestFirst,
  isOrdinary,
  orderOf,
  type MetadataReading,
  type Backup,
  type BackupMetadata,
  type Catalog,
} from './backup.js';
import { parseBackupName, type BackupName } from './backupName.js';
import { parseIsoTime } from './isoTime.js';
import { readMetadata } from './metadataFile.js';
import { ReadingBudget } from './readingBudget.js';
import { metadataPath, SIDE_FILE_SUFFIXES, sideFilePath } from './storeFiles.js';

type ReadPorts = Pick<Ports, 'files' | 'now' | 'system'>;

/** The names of all regular files in the store; none if it does not exist. */
export function readStoreNames(storePath: string, ports: Ports): readonly string[] {
  try {
    return readFolder(storePath, ports.files, (entry) => entry.isFile());
  } catch (error) {
    if (isNotFound(error)) return [];
    throw explainDenied(asBackupError(error, 'read the backup store', storePath), storePath, ports.files);
  }
}

export function catalogOf(storePath: string, names: readonly string[], ports: ReadPorts): Catalog {
  const { files } = ports;
  const present = new Set(names);
  const budget = new ReadingBudget(storePath, {}, systemOf(ports));
  const backups: Backup[] = [];
  let totalSizeBytes = 0;
  for (const fileName of names) {
    const backup = readBackup(storePath, fileName, present, ports, budget);
    if (backup === undefined) continue;
    backups.push(backup);
    totalSizeBytes += backup.sizeBytes + sideFilesSize(storePath, backup, present, files);
  }
  backups.sort(newestFirst);
  return { storePath, backups, newest: backups.find(isOrdinary), totalSizeBytes };
}

/**
 * The newest ordinary backup by the times in the file names; undefined if no name contains one. Only its metadata is
 * read. If the clock was set back, this can be an older backup.
 */
export function newestByName(storePath: string, names: ReadonlySet<string>, ports: ReadPorts): Backup | undefined {
  let newestMs = 0;
  let newestFileNames: string[] = [];
  for (const fileName of names) {
    const name = parseBackupName(fileName);
    const createdMs = name?.kind === 'ordinary' ? (name.createdAt?.getTime() ?? 0) : 0;
    if (createdMs < newestMs || createdMs === 0) continue;
    if (createdMs > newestMs) newestFileNames = [];
    newestMs = createdMs;
    newestFileNames.push(fileName);
  }
  const budget = new ReadingBudget(storePath, {}, systemOf(ports));
  return newestFileNames
    .map((fileName) => readBackup(storePath, fileName, names, ports, budget))
    .filter((backup) => backup !== undefined)
    .sort(newestFirst)[0];
}

/** One backup by its id; undefined if it does not exist. Neither lists the store nor reads another backup. */
export function findStoredBackup(id: string, storePath: string, ports: ReadPorts): Backup | undefined {
  const isPresent = (name: string): boolean => statsOf(join(storePath, name), ports.files)?.isFile() === true;
  const fileName = [`${id}.db`, `${id}.db.gz`].find(isPresent);
  if (fileName === undefined) return undefined;
  const sides = SIDE_FILE_SUFFIXES.map((suffix) => `${id}.db${suffix}`).filter(isPresent);
  const budget = new ReadingBudget(storePath, {}, systemOf(ports));
  return readBackup(storePath, fileName, new Set([fileName, ...sides]), ports, budget);
}

function readBackup(
  storePath: string,
  fileName: string,
  present: ReadonlySet<string>,
  { files, now }: ReadPorts,
  budget: ReadingBudget,
): Backup | undefined {
  const name = parseBackupName(fileName);
  if (name === undefined) return undefined;
  // A crash during compression leaves both files of one backup.
  if (name.compressed && present.has(`${name.id}.db`)) return undefined;
  const path = join(storePath, fileName);
  const stats = statsOf(path, files);
  if (stats?.isFile() !== true) return undefined;
  // Not checked against `present`, which lists only regular files: metadata that is a link or a pipe is a problem.
  const reading = readMetadata(metadataPath(storePath, name.id), files, budget);
  return withPlausibleOrder(describeBackup(name, path, stats, reading, present), stats.mtime, now());
}

/**
 * A backup far in the future was planted, or has a damaged time, and would be the newest one forever. A clock that was
 * wrong by less is no reason: later backups are numbered after it.
 */
function withPlausibleOrder(backup: Backup, mtime: Date, now: Date): Backup {
  const latestMs = now.getTime() + MAX_AHEAD_MS;
  if (orderOf(backup) <= latestMs) return backup;
  const { metadata, createdAt } = backup;
  return {
    ...backup,
    createdAt: createdAt.getTime() <= latestMs ? createdAt : new Date(Math.min(mtime.getTime(), now.getTime())),
    metadata: metadata && { ...metadata, sequence: undefined },
  };
}

/** About 200 years. */
const MAX_AHEAD_MS = 200 * 365 * 24 * 60 * 60 * 1000;

function statsOf(path: string, files: FileSystem): Stats | undefined {
  try {
    return files.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw asBackupError(error, 'read the backup store', path);
  }
}

/** Combines the name, the file and the metadata of a backup. */
export function describeBackup(
  name: BackupName,
  path: string,
  stats: Pick<Stats, 'size' | 'mtime'>,
  { metadata, problem }: MetadataReading,
  present: ReadonlySet<string>,
): Backup {
  const hasSideFiles = SIDE_FILE_SUFFIXES.some((suffix) => present.has(`${name.id}.db${suffix}`));
  const isRaw = metadata?.content === 'raw' || (metadata?.content === undefined && hasSideFiles);
  return {
    id: name.id,
    kind: name.kind,
    path,
    compressed: name.compressed,
    createdAt: (metadata && parseIsoTime(metadata.timestamp)) ?? name.createdAt ?? stats.mtime,
    reason: metadata?.reason === undefined || metadata.reason === '' ? (name.reason ?? '') : metadata.reason,
    sizeBytes: stats.size,
    counts: countsOf(name, metadata),
    content: name.kind === 'emergency' && isRaw ? 'raw' : 'database',
    metadata,
    ...(problem !== undefined && { metadataProblem: problem }),
  };
}

function countsOf(name: BackupName, metadata: BackupMetadata | undefined): Partial<FeatureCounts> {
  const total = metadata?.featureCount ?? name.featureCount;
  const passing = metadata?.passingCount;
  const inProgress = metadata?.inProgressCount;
  // A fast path for the usual case, as this runs thousands of times.
  if (total !== undefined && passing !== undefined && inProgress !== undefined) return { total, passing, inProgress };
  return {
    ...(total !== undefined && { total }),
    ...(passing !== undefined && { passing }),
    ...(inProgress !== undefined && { inProgress }),
  };
}

function sideFilesSize(storePath: string, backup: Backup, present: ReadonlySet<string>, files: FileSystem): number {
  if (backup.content !== 'raw') return 0;
  return SIDE_FILE_SUFFIXES.filter((suffix) => present.has(`${backup.id}.db${suffix}`))
    .map((suffix) => statsOf(sideFilePath(storePath, backup.id, suffix), files)?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
