import type { FeatureCounts } from '../database/index.js';
import { BackupError, type Ports } from '../system/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { readFingerprint, type DatabaseFingerprint } from '../snapshot/index.js';
import type { Backup, Catalog } from '../store/index.js';
import { expectedCount, readAcknowledgement, type Acknowledgement } from './acknowledgement.js';
import { detectLiveState, type LiveState } from './detectLiveState.js';

/** The condition of the live database, which decides whether pruning is allowed. */
export type LiveCondition = 'sound' | 'shrunk' | 'damaged' | 'gone';

/** The result of checking the live database once. */
export interface LiveObservation {
  readonly condition: LiveCondition;
  /** Undefined if the features could not be counted. */
  readonly counts: FeatureCounts | undefined;
  /** The main file and its write-ahead log. */
  readonly sizeBytes: number | undefined;
  readonly journalMode: 'wal' | 'rollback' | undefined;
  /** The problems found; empty if it is intact. */
  readonly problems: readonly string[];
  /** Whether it differs from the newest backup. */
  readonly changed: boolean;
  /** When its files were last written, if known. */
  readonly writtenAt?: Date | undefined;
}

/**
 * Whether the live database has lost more than half of the features of a backup. Compares all backups that pruning
 * could remove: after a backup of the shrunk database, the newest one shows no loss. Pinned backups do not count: they
 * are safe, and one may be older than an intentional fresh start.
 */
export function isShrunk(
  featureCount: number,
  backups: readonly Backup[],
  acknowledged: () => Acknowledgement | undefined,
): boolean {
  return farLargerBackups(featureCount, backups, acknowledged).length > 0;
}

/** The backups with more than twice as many features as the live database, in the given order. */
export function farLargerBackups(
  featureCount: number,
  backups: readonly Backup[],
  acknowledged: () => Acknowledgement | undefined,
): readonly Backup[] {
  const large = backups.filter((backup) => isAtRisk(backup) && (backup.counts.total ?? 0) > 2 * featureCount);
  const acknowledgement = large.length === 0 ? undefined : acknowledged();
  return large.filter((backup) => expectedCount(backup, acknowledgement) > 2 * featureCount);
}

/** An observation. If the acknowledgement cannot be read, a loss of features counts as not acknowledged. */
export interface LiveCheck extends LiveObservation {
  readonly acknowledgementProblem?: BackupError;
}

/** Checks the live database once. Throws if it cannot be checked: `database-busy`, `permission-denied` … */
export async function observeLive(project: Project, catalog: Catalog, ports: Ports): Promise<LiveCheck> {
  const fingerprint = fingerprintForDisplay(project, ports);
  const fileFacts = {
    sizeBytes: fingerprint && fingerprint.sizeBytes + (fingerprint.wal?.sizeBytes ?? 0),
    journalMode: fingerprint && journalModeOf(fingerprint),
    writtenAt: fingerprint && writtenAt(fingerprint),
  };
  try {
    return { ...fileFacts, ...describeState(await detectLiveState(project, { catalog }, ports), catalog, ports) };
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'database-not-found') throw error;
    return { ...fileFacts, condition: 'gone', counts: undefined, problems: [error.message], changed: true };
  }
}

type Findings = Pick<LiveCheck, 'condition' | 'counts' | 'problems' | 'changed' | 'acknowledgementProblem'>;

function describeState(live: LiveState, catalog: Catalog, ports: Ports): Findings {
  switch (live.status) {
    case 'known':
      return { ...conditionByCounts(countsOf(live.backup), catalog, ports), changed: false };
    case 'sound':
      return { ...conditionByCounts(live.counts, catalog, ports), changed: true };
    case 'damaged':
      return { condition: 'damaged', counts: undefined, problems: live.problems, changed: true };
    case 'unreadable':
      return { condition: 'damaged', counts: undefined, problems: [live.problem.message], changed: true };
    case 'known-damage': {
      const problems = live.emergency.metadata?.problems ?? [];
      return { condition: 'damaged', counts: undefined, problems, changed: true };
    }
  }
}

function conditionByCounts(
  counts: FeatureCounts | undefined,
  { storePath, backups }: Catalog,
  { files }: Ports,
): Omit<Findings, 'changed'> {
  const acknowledged = () => readAcknowledgement(storePath, files);
  try {
    const shrunk = counts !== undefined && isShrunk(counts.total, backups, acknowledged);
    return { condition: shrunk ? 'shrunk' : 'sound', counts, problems: [] };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { condition: 'shrunk', counts, problems: [], acknowledgementProblem: error };
  }
}

function countsOf({ counts }: Backup): FeatureCounts | undefined {
  const { total, passing = 0, inProgress = 0 } = counts;
  return total === undefined ? undefined : { total, passing, inProgress };
}

/** Retention never removes pinned backups, nor those whose damaged metadata hides whether they are pinned. */
function isAtRisk({ kind, metadata, metadataProblem }: Backup): boolean {
  if (metadataProblem?.kind === 'damaged') return false;
  return kind === 'ordinary' && metadata?.pinned !== true && metadata?.verified?.ok !== false;
}

/** For display only, so errors are ignored; `detectLiveState` reports them. */
function fingerprintForDisplay(project: Project, ports: Ports): DatabaseFingerprint | undefined {
  try {
    return readFingerprint(liveDatabasePath(project, ports), ports);
  } catch {
    return undefined;
  }
}

/** When the database or its write-ahead log was last written. */
export function writtenAt({ mtimeNs, wal }: DatabaseFingerprint): Date {
  return new Date(Math.max(Number(mtimeNs), Number(wal?.mtimeNs ?? 0)) / 1_000_000);
}

/** "Database File Format", 1.3: byte 18, the file format write version. */
function journalModeOf({ header, wal }: DatabaseFingerprint): 'wal' | 'rollback' {
  return header.slice(36, 38) === '02' || (wal !== null && wal.sizeBytes > 0) ? 'wal' : 'rollback';
}
