import { relative, sep } from 'node:path';
import type { CheckKind, FeatureCounts } from '../database/index.js';
import type { DatabaseState } from '../snapshot/index.js';
import {
  sanitiseReason,
  nextSequence,
  isoWithOffset,
  METADATA_FORMAT,
  eventOf,
  type OpenStore,
  type BackupMetadata,
  type SideFile,
  type Trigger,
} from '../store/index.js';

/** What is known of a new backup. */
export interface NewBackup {
  readonly createdAt: Date;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly state: DatabaseState | undefined;
  readonly counts: FeatureCounts | undefined;
  /** Undefined where no check could be made. */
  readonly check: { readonly check: CheckKind; readonly ok: boolean } | undefined;
}

export interface EmergencyFacts {
  readonly content: 'database' | 'raw';
  readonly problems: readonly string[];
  readonly sideFiles: readonly SideFile[] | undefined;
}

/** The metadata of a backup about to be published. */
export function draftMetadata(
  store: OpenStore,
  trigger: Trigger,
  made: NewBackup,
  emergency?: EmergencyFacts,
): BackupMetadata {
  const timestamp = isoWithOffset(made.createdAt);
  return {
    timestamp,
    reason: sanitiseReason(trigger.reason),
    featureCount: made.counts?.total,
    originalFile: originalFile(store),
    originalSizeBytes: made.state?.sizeBytes ?? made.sizeBytes,
    backupSizeBytes: made.sizeBytes,
    format: METADATA_FORMAT,
    sequence: nextSequence(store.catalog.backups, made.createdAt),
    source: trigger.source,
    passingCount: made.counts?.passing,
    inProgressCount: made.counts?.inProgress,
    sha256: made.sha256,
    verified: made.check && { at: timestamp, check: made.check.check, ok: made.check.ok },
    events: [eventOf(trigger, made.createdAt)],
    git: trigger.git,
    pinned: false,
    state: made.state,
    ...emergency,
    unknown: {},
  };
}

/** Relative to the project and with slashes, on every system. */
function originalFile({ project }: OpenStore): string {
  return relative(project.root, project.databasePath).split(sep).join('/');
}
