import type { Backup, BackupMetadata } from '../../core/store/backup.js';

export interface ListedBackup extends Partial<Omit<Backup, 'metadata' | 'counts'>> {
  readonly features?: number;
  readonly metadata?: Partial<BackupMetadata> | undefined;
}

/** A backup as the catalog lists it, for tests without files: verified, ordinary, with its own state. */
export function listedBackup(id: string, changes: ListedBackup = {}): Backup {
  const { features = 598, metadata, ...rest } = changes;
  const createdAt = changes.createdAt ?? new Date('2026-01-25T14:46:00Z');
  return {
    id,
    kind: 'ordinary',
    path: `/project/.feature_backups/${id}.db`,
    compressed: false,
    createdAt,
    reason: 'manual',
    sizeBytes: 4096,
    counts: { total: features },
    content: 'database',
    metadata: 'metadata' in changes && metadata === undefined ? undefined : metadataOf(id, createdAt, metadata),
    ...rest,
  };
}

function metadataOf(id: string, createdAt: Date, changes: Partial<BackupMetadata> = {}): BackupMetadata {
  return {
    timestamp: createdAt.toISOString(),
    reason: 'manual',
    featureCount: 598,
    originalFile: 'features.db',
    originalSizeBytes: 4096,
    backupSizeBytes: 4096,
    format: 1,
    sequence: createdAt.getTime(),
    source: 'cli',
    passingCount: 200,
    inProgressCount: 0,
    sha256: `sha of ${id}`,
    verified: { at: createdAt.toISOString(), check: 'integrity_check', ok: true },
    events: [],
    git: undefined,
    pinned: false,
    state: undefined,
    unknown: {},
    ...changes,
  };
}
