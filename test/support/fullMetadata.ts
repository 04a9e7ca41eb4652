import type { BackupMetadata } from '../../core/store/backup.js';

/** Metadata with a value in every field. */
export const FULL_METADATA: BackupMetadata = {
  timestamp: '2026-01-25T14:46:05.000+01:00',
  reason: 'before_mark_passing',
  featureCount: 598,
  originalFile: '.autoforge/features.db',
  originalSizeBytes: 438272,
  backupSizeBytes: 438272,
  format: 1,
  sequence: 1769348765000,
  source: 'mcp',
  passingCount: 200,
  inProgressCount: 1,
  sha256: 'a'.repeat(64),
  verified: { at: '2026-01-25T14:46:05.000+01:00', check: 'integrity_check', ok: true },
  drilled: { at: '2026-01-26T03:00:00.000+01:00', ok: true, reader: 'sqlite3' },
  events: [
    { at: '2026-01-25T14:46:05.000+01:00', source: 'mcp', reason: 'x', tool: 'feature_skip', detail: 'feature 12' },
  ],
  foldedEventCount: 3,
  git: { branch: 'main', head: 'c'.repeat(40), commit: 'd'.repeat(40), earlierCommits: ['e'.repeat(40)] },
  pinned: true,
  content: 'raw',
  problems: ['it is not a database'],
  sideFiles: [{ suffix: '-wal', sizeBytes: 32, sha256: 'b'.repeat(64) }],
  state: {
    header: '53',
    sizeBytes: 4096,
    mtimeNs: '1769348765000000001',
    wal: { header: '37', sizeBytes: 32, mtimeNs: '1769348765000000002' },
    walIndex: '38',
    hotJournal: false,
    observedAtMs: 1769348765000,
  },
  unknown: { future: { nested: [1, 2] } },
};
