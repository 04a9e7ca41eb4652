import type { Backup, BackupMetadata } from '../../../core/store/backup.js';
import type { Overview } from '../../../extension/engine/protocol.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A project with this many backups in a typical pattern: bursts of changes, pauses, and a few emergency backups. */
export function sampleOverview(count: number, lastAt = new Date('2026-01-25T14:46:00Z')): Overview {
  return overviewOf(sampleBackups(count, lastAt));
}

export function overviewOf(backups: readonly Backup[]): Overview {
  return {
    root: '/projects/shop-front',
    databasePath: '/projects/shop-front/.autoforge/features.db',
    storePath: '/projects/shop-front/.feature_backups',
    live: undefined,
    problem: undefined,
    backups,
    totalSizeBytes: backups.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    canUndo: false,
    lastGoodId: undefined,
    history: { stateCount: 0, sizeBytes: 0, oldest: undefined },
    connections: [],
    provenAt: undefined,
    targets: [],
  };
}

/** A verified ordinary backup with these changes. */
export function sampleBackup(part: Partial<Backup> = {}, metadata: Partial<BackupMetadata> = {}): Backup {
  const createdAt = part.createdAt ?? new Date('2026-01-25T14:46:00Z');
  const reason = part.reason ?? 'manual';
  const id = part.id ?? `features_598_${createdAt.getTime()}_${reason}`;
  return {
    id,
    kind: 'ordinary',
    path: `/projects/shop-front/.feature_backups/${id}.db`,
    compressed: false,
    createdAt,
    reason,
    sizeBytes: 425_984,
    counts: { total: 598, passing: 200, inProgress: 2 },
    content: 'database',
    metadata: sampleMetadata(createdAt, reason, metadata),
    ...part,
  };
}

/** Newest first, as the engine lists them. */
function sampleBackups(count: number, lastAt: Date): readonly Backup[] {
  const backups: Backup[] = [];
  let atMs = lastAt.getTime();
  for (let index = count - 1; index >= 0; index--) {
    backups.push(backupNumber(index, count, new Date(atMs)));
    atMs -= index % 17 === 0 ? 19 * HOUR_MS : (2 + ((index * 7) % 13)) * MINUTE_MS;
  }
  return backups;
}

function backupNumber(index: number, count: number, createdAt: Date): Backup {
  const total = 120 + 40 * Math.floor((index / count) * 12);
  const passing = Math.round(total * 0.9 * (index / count));
  const id = `features_${total}_${index}`;
  const counts = { total, passing, inProgress: index % 3 };
  const part: Partial<Backup> = { id, createdAt, counts, sizeBytes: 200_000 + total * 400 };
  const detail = `feature ${index + 1}`;
  const events = [{ at: createdAt.toISOString(), source: 'mcp', reason: 'before_mark_passing', detail }] as const;
  if (index % 23 === 11) {
    const raw = index % 2 === 0;
    const content = raw ? { counts: {}, content: 'raw' as const } : { counts: { ...counts, passing: 0 } };
    return sampleBackup({ ...part, ...content, kind: 'emergency', reason: 'emergency' });
  }
  const isDamaged = index % 31 === 19;
  return sampleBackup(
    { ...part, reason: 'before_mark_passing' },
    {
      events,
      verified: { at: createdAt.toISOString(), check: 'integrity_check', ok: !isDamaged },
      git: { branch: 'main', head: '4f2c9e1b7a60d3585f1f0d9c2b8f7e6a5d4c3b2a' },
    },
  );
}

function sampleMetadata(createdAt: Date, reason: string, part: Partial<BackupMetadata>): BackupMetadata {
  const at = createdAt.toISOString();
  return {
    timestamp: at,
    reason,
    featureCount: 598,
    originalFile: '.autoforge/features.db',
    originalSizeBytes: 425_984,
    backupSizeBytes: 425_984,
    format: 1,
    sequence: createdAt.getTime(),
    source: 'mcp',
    passingCount: 200,
    inProgressCount: 2,
    sha256: undefined,
    verified: { at, check: 'integrity_check', ok: true },
    events: [],
    git: undefined,
    pinned: false,
    state: undefined,
    unknown: {},
    ...part,
  };
}
