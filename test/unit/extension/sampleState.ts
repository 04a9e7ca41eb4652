import type { Backup, BackupMetadata } from '../../../core/store/backup.js';
import type { LiveObservation } from '../../../core/live/liveCondition.js';
import type { Overview } from '../../../extension/engine/protocol.js';
import type { ProjectState } from '../../../extension/model/projectState.js';

/** Local time, so that the days are the same in every time zone. */
export const NOW = new Date(2026, 0, 25, 15, 0, 0);

export const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

export function backup(part: Partial<Backup> & { readonly meta?: Partial<BackupMetadata> } = {}): Backup {
  const { meta, ...own } = part;
  const createdAt = own.createdAt ?? minutesAgo(14);
  const reason = own.reason ?? 'manual';
  return {
    id: `features_598_${createdAt.getTime()}_${reason}`,
    kind: 'ordinary',
    path: `/project/.feature_backups/features_598_${createdAt.getTime()}_${reason}.db`,
    compressed: false,
    createdAt,
    reason,
    sizeBytes: 438_272,
    counts: { total: 598, passing: 200, inProgress: 0 },
    content: 'database',
    metadata: {
      timestamp: createdAt.toISOString(),
      reason,
      featureCount: 598,
      originalFile: '.autoforge/features.db',
      originalSizeBytes: 438_272,
      backupSizeBytes: 438_272,
      format: 1,
      sequence: createdAt.getTime(),
      source: 'mcp',
      passingCount: 200,
      inProgressCount: 0,
      sha256: undefined,
      verified: { at: createdAt.toISOString(), check: 'integrity_check', ok: true },
      events: [],
      git: undefined,
      pinned: false,
      state: undefined,
      unknown: {},
      ...meta,
    },
    ...own,
  };
}

export function live(part: Partial<LiveObservation> = {}): LiveObservation {
  return {
    condition: 'sound',
    counts: { total: 598, passing: 200, inProgress: 0 },
    sizeBytes: 438_272,
    journalMode: 'wal',
    problems: [],
    changed: false,
    ...part,
  };
}

export function overview(part: Partial<Overview> = {}): Overview {
  return {
    root: '/project',
    databasePath: '/project/.autoforge/features.db',
    storePath: '/project/.feature_backups',
    live: live(),
    problem: undefined,
    backups: [backup()],
    totalSizeBytes: 438_272,
    history: { stateCount: 0, sizeBytes: 0, oldest: undefined },
    canUndo: false,
    lastGoodId: backup().id,
    connections: [],
    provenAt: undefined,
    targets: [],
    ...part,
  };
}

export function state(part: Partial<ProjectState> = {}): ProjectState {
  return {
    root: '/project',
    name: 'shop-front',
    overview: overview(),
    problems: [],
    undetermined: [],
    checkFailure: undefined,
    ...part,
  };
}

export const FAILURE = {
  message: 'The disk is full',
  code: 'disk-full',
  operation: 'write the backup',
  path: undefined,
  hint: 'Free some space',
  stack: undefined,
} as const;
