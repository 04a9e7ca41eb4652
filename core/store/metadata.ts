import type { DatabaseFingerprint } from '../snapshot/index.js';
import type { BackupEvent, BackupMetadata, GitPosition } from './backup.js';

/** The text of a backup's `.json`: the original Python tool's six keys, then our own, then unknown ones. */
export function formatMetadata(metadata: BackupMetadata): string {
  const keys: Record<MetadataKey, unknown> = {
    timestamp: metadata.timestamp,
    reason: metadata.reason,
    feature_count: metadata.featureCount ?? null,
    original_file: metadata.originalFile,
    original_size: metadata.originalSizeBytes,
    backup_size: metadata.backupSizeBytes,
    format: metadata.format,
    sequence: metadata.sequence,
    source: metadata.source,
    passing_count: metadata.passingCount,
    in_progress_count: metadata.inProgressCount,
    sha256: metadata.sha256,
    verified: metadata.verified,
    drilled: metadata.drilled,
    events: metadata.events.map(formatEvent),
    folded_event_count: metadata.foldedEventCount,
    git: metadata.git === undefined ? undefined : formatGit(metadata.git),
    pinned: metadata.pinned,
    content: metadata.content,
    problems: metadata.problems,
    side_files: metadata.sideFiles?.map(({ suffix, sizeBytes, sha256 }) => ({ suffix, size: sizeBytes, sha256 })),
    state: metadata.state === undefined ? undefined : formatFingerprint(metadata.state),
  };
  return `${JSON.stringify({ ...keys, ...metadata.unknown }, null, 2)}\n`;
}

/** The keys that this version understands; all others are preserved. */
export const METADATA_KEYS = [
  'timestamp',
  'reason',
  'feature_count',
  'original_file',
  'original_size',
  'backup_size',
  'format',
  'sequence',
  'source',
  'passing_count',
  'in_progress_count',
  'sha256',
  'verified',
  'drilled',
  'events',
  'folded_event_count',
  'git',
  'pinned',
  'content',
  'problems',
  'side_files',
  'state',
] as const;

export type MetadataKey = (typeof METADATA_KEYS)[number];

/** The value of `format`: the version of the keys above. */
export const METADATA_FORMAT = 1;

/** Real metadata is far smaller; larger files are not read. */
export const MAX_METADATA_BYTES = 1024 * 1024;

function formatEvent({ at, source, reason, tool, detail }: BackupEvent): unknown {
  return { at, source, reason, tool, detail };
}

function formatGit({ branch, head, commit, earlierCommits }: GitPosition): unknown {
  return { branch, head, commit, earlier_commits: earlierCommits };
}

function formatFingerprint(state: DatabaseFingerprint): unknown {
  const { wal } = state;
  return {
    header: state.header,
    size: state.sizeBytes,
    mtime_ns: state.mtimeNs,
    wal: wal === null ? null : { header: wal.header, size: wal.sizeBytes, mtime_ns: wal.mtimeNs },
    wal_index: state.walIndex,
    hot_journal: state.hotJournal,
    observed_at_ms: state.observedAtMs,
  };
}
