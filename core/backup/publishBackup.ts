import { relative, sep } from 'node:path';
import {
  asBackupError,
  BackupError,
  publishFile,
  removeQuietly,
  syncFolder,
  writeNewFile,
  uniqueToken,
  systemOf,
  writeNewFileInBackground,
} from '../system/index.js';
import type { FeatureCounts, CheckKind } from '../database/index.js';
import {
  formatMetadata,
  imagePath,
  metadataPath,
  sideFilePath,
  temporaryPath,
  sanitiseReason,
  nextSequence,
  isoWithOffset,
  METADATA_FORMAT,
  eventOf,
  type OpenStore,
  type Backup,
  type BackupKind,
  type BackupMetadata,
  type SideFileSuffix,
  type SideFile,
  type Trigger,
} from '../store/index.js';
import type { DatabaseFingerprint } from '../snapshot/index.js';

/** A backup without its final name. Its files are written and synced under temporary names. */
export interface Draft {
  readonly kind: BackupKind;
  /** The id; `number` is 1 for the first backup within one second. */
  readonly idOf: (number: number) => string;
  readonly createdAt: Date;
  readonly imageTemporaryPath: string;
  readonly sizeBytes: number;
  readonly sideFiles: readonly { readonly suffix: SideFileSuffix; readonly temporaryPath: string }[];
  readonly counts: FeatureCounts | undefined;
  readonly metadata: BackupMetadata;
}

/**
 * Publishes a draft under a unique name. The metadata is renamed first, so a listed backup always has it; metadata alone
 * is not listed. If this throws, no file remains, or all files remain but a power failure may lose their names.
 */
export function publishBackup(store: OpenStore, draft: Draft): Backup {
  const { storePath } = store.project;
  const { files } = store.ports;
  try {
    const id = unusedId(store, draft);
    publishFiles(store, id, draft);
    // One sync for all names; the contents are already synced.
    syncFolder(storePath, files);
    return toBackup(storePath, id, draft);
  } catch (error) {
    throw asBackupError(error, 'write the backup', storePath);
  } finally {
    // After publishing, these paths no longer exist.
    for (const path of temporaryPathsOf(draft)) removeIfPresent(path, store);
  }
}

function unusedId(store: OpenStore, draft: Draft): string {
  for (let number = 1; number <= MAX_BACKUPS_PER_SECOND; number += 1) {
    const id = draft.idOf(number);
    if (isUnused(store, id)) return id;
  }
  throw new BackupError('Every backup name for the current second is in use', {
    code: 'io',
    operation: 'name the backup',
    path: store.project.storePath,
    hint: 'Try again.',
  });
}

const MAX_BACKUPS_PER_SECOND = 10_000;

function isUnused({ names, project, ports }: OpenStore, id: string): boolean {
  if (names.has(`${id}.db`) || names.has(`${id}.db.gz`) || names.has(`${id}.json`)) return false;
  // The original Python tool uses no lock, and `names` lists only regular files.
  const paths = [imagePath(project.storePath, id), metadataPath(project.storePath, id)];
  return paths.every((path) => ports.files.lstatSync(path, { throwIfNoEntry: false }) === undefined);
}

function publishFiles(store: OpenStore, id: string, draft: Draft): void {
  const { project, ports, lock } = store;
  const { storePath } = project;
  const metadataTemporary = temporaryPath(storePath, uniqueToken(systemOf(ports)), '.json');
  // Synced: otherwise a power failure could leave a backup without its checksum, counts and pin.
  writeNewFile(metadataTemporary, Buffer.from(formatMetadata(draft.metadata)), ports.files);
  const steps = [
    { from: metadataTemporary, to: metadataPath(storePath, id) },
    ...draft.sideFiles.map((side) => ({ from: side.temporaryPath, to: sideFilePath(storePath, id, side.suffix) })),
    { from: draft.imageTemporaryPath, to: imagePath(storePath, id) },
  ];
  const published: string[] = [];
  try {
    lock.assertHeld();
    for (const { from, to } of steps) {
      if (publishFile(from, to, ports.files) === 'exists') throw nameExists(to);
      published.push(to);
    }
  } catch (error) {
    for (const path of [...published, metadataTemporary]) removeQuietly(path, ports.files);
    throw error;
  }
}

function nameExists(path: string): BackupError {
  return new BackupError(`Another process has just written ${path}`, {
    code: 'io',
    operation: 'name the backup',
    path,
    hint: 'Try again.',
  });
}

function temporaryPathsOf(draft: Draft): readonly string[] {
  return [draft.imageTemporaryPath, ...draft.sideFiles.map((side) => side.temporaryPath)];
}

function removeIfPresent(path: string, { ports }: OpenStore): void {
  if (ports.files.lstatSync(path, { throwIfNoEntry: false }) !== undefined) removeQuietly(path, ports.files);
}

function toBackup(storePath: string, id: string, draft: Draft): Backup {
  return {
    id,
    kind: draft.kind,
    path: imagePath(storePath, id),
    compressed: false,
    createdAt: draft.createdAt,
    reason: draft.metadata.reason,
    sizeBytes: draft.sizeBytes,
    counts: draft.counts ?? {},
    content: draft.metadata.content ?? 'database',
    metadata: draft.metadata,
  };
}

/**
 * Writes an image under a temporary name. The content is written when this returns; the promise resolves to its path
 * after it is synced to disk.
 */
export async function stageImage(store: OpenStore, image: Uint8Array): Promise<string> {
  const { ports, lock } = store;
  const path = temporaryPath(store.project.storePath, uniqueToken(systemOf(ports)), '.db');
  try {
    await writeNewFileInBackground(path, image, ports.files, {
      onChunk: (doneBytes) => {
        lock.assertHeld();
        ports.onProgress?.('writing the backup', doneBytes / image.length);
      },
    });
    return path;
  } catch (error) {
    throw asBackupError(error, 'write the backup', store.project.storePath);
  }
}

/** The metadata that is measured on the new backup itself. */
export interface NewBackup {
  readonly createdAt: Date;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly fingerprint: DatabaseFingerprint | undefined;
  readonly counts: FeatureCounts | undefined;
  /** Undefined if no check was possible. */
  readonly check: { readonly check: CheckKind; readonly ok: boolean } | undefined;
}

export interface EmergencyDetails {
  readonly content: 'database' | 'raw';
  readonly problems: readonly string[];
  readonly sideFiles: readonly SideFile[] | undefined;
}

/** The metadata of a backup about to be published. */
export function draftMetadata(
  store: OpenStore,
  trigger: Trigger,
  backup: NewBackup,
  emergency?: EmergencyDetails,
): BackupMetadata {
  const timestamp = isoWithOffset(backup.createdAt);
  return {
    timestamp,
    reason: sanitiseReason(trigger.reason),
    featureCount: backup.counts?.total,
    originalFile: originalFile(store),
    originalSizeBytes: backup.fingerprint?.sizeBytes ?? backup.sizeBytes,
    backupSizeBytes: backup.sizeBytes,
    format: METADATA_FORMAT,
    sequence: nextSequence(store.catalog.backups, backup.createdAt),
    source: trigger.source,
    passingCount: backup.counts?.passing,
    inProgressCount: backup.counts?.inProgress,
    sha256: backup.sha256,
    verified: backup.check && { at: timestamp, check: backup.check.check, ok: backup.check.ok },
    events: [eventOf(trigger, backup.createdAt)],
    git: trigger.git,
    pinned: false,
    state: backup.fingerprint,
    ...emergency,
    unknown: {},
  };
}

/** Relative to the project and with slashes, on every platform. */
function originalFile({ project }: OpenStore): string {
  return relative(project.root, project.databasePath).split(sep).join('/');
}
