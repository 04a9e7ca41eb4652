import { newestFirst, type Backup } from '../store/index.js';
import type { RetentionPolicy } from '../project/index.js';
import type { LiveCondition } from '../live/index.js';

/** Why retention keeps a backup. */
export type KeepReason =
  | 'pinned'
  | 'newest-verified'
  | 'last'
  | 'hourly'
  | 'daily'
  | 'weekly'
  | 'emergency'
  | 'metadata-unknown'
  | 'database-damaged'
  | 'database-shrunk'
  | 'database-gone';

export interface RetentionPlan {
  readonly keep: readonly { readonly backup: Backup; readonly reasons: readonly KeepReason[] }[];
  readonly remove: readonly Backup[];
}

/**
 * Decides which backups to keep, and why; all others are pruned. The result depends only on the arguments, not on the
 * order of `backups`. Planning again with the kept ones removes nothing more.
 *
 * Keeps everything while the live database is damaged, missing or shrunk. Damaged backups satisfy no rule, so they
 * never displace an intact one. A backup with unknown metadata is kept, because it may be pinned, but satisfies no
 * rule, because it may be damaged.
 */
export function planRetention(
  backups: readonly Backup[],
  policy: RetentionPolicy,
  now: Date,
  live: LiveCondition,
): RetentionPlan {
  const sorted = backups.toSorted(newestFirst);
  if (live !== 'sound') {
    return { keep: sorted.map((backup) => ({ backup, reasons: [PAUSE_REASONS[live]] })), remove: [] };
  }
  const reasons = new KeepReasons();
  for (const backup of sorted) {
    if (backup.metadata?.pinned === true) reasons.add(backup, 'pinned');
    if (backup.metadataProblem !== undefined) reasons.add(backup, 'metadata-unknown');
  }
  const known = sorted.filter(({ metadataProblem }) => metadataProblem === undefined);
  const ordinary = known.filter((backup) => backup.kind === 'ordinary');
  const emergencies = known.filter((backup) => backup.kind === 'emergency');
  keepNewestVerified(ordinary, reasons);
  keepDistinctStates(ordinary, policy.keepLast, 'last', reasons);
  for (const { reason, count, periodOf } of periodRules(policy)) {
    keepNewestOfPeriods(ordinary, count, (backup) => periodOf(clampToNow(backup.createdAt, now)), reason, reasons);
  }
  keepDistinctStates(emergencies, policy.keepEmergency, 'emergency', reasons);
  return reasons.plan(sorted);
}

const PAUSE_REASONS = {
  damaged: 'database-damaged',
  shrunk: 'database-shrunk',
  gone: 'database-gone',
} as const satisfies Record<Exclude<LiveCondition, 'sound'>, KeepReason>;

class KeepReasons {
  readonly #byBackup = new Map<Backup, KeepReason[]>();

  add(backup: Backup, reason: KeepReason): void {
    const reasons = this.#byBackup.get(backup);
    if (reasons === undefined) this.#byBackup.set(backup, [reason]);
    else if (!reasons.includes(reason)) reasons.push(reason);
  }

  plan(sorted: readonly Backup[]): RetentionPlan {
    const keep: { backup: Backup; reasons: readonly KeepReason[] }[] = [];
    const remove: Backup[] = [];
    for (const backup of sorted) {
      const reasons = this.#byBackup.get(backup);
      if (reasons === undefined) remove.push(backup);
      else keep.push({ backup, reasons });
    }
    return { keep, remove };
  }
}

/** If no backup was ever verified, as in a store of the original Python tool, keeps the newest that may be intact. */
function keepNewestVerified(ordinary: readonly Backup[], reasons: KeepReasons): void {
  const verified = ordinary.find((backup) => backup.metadata?.verified?.ok === true);
  if (verified !== undefined) reasons.add(verified, 'newest-verified');
  const fallback = verified ?? ordinary.find(mayBeIntact) ?? ordinary[0];
  if (verified === undefined && fallback !== undefined) reasons.add(fallback, 'last');
}

/** The newest backup of each of the newest `count` states. Damaged backups among them are kept, but do not count. */
function keepDistinctStates(
  sorted: readonly Backup[],
  count: number,
  reason: 'last' | 'emergency',
  reasons: KeepReasons,
): void {
  const states = new Set<string>();
  for (const backup of sorted) {
    if (states.size >= count) return;
    const counts = reason === 'emergency' || mayBeIntact(backup);
    const state = contentKey(backup);
    if (counts && states.has(state)) continue;
    if (counts) states.add(state);
    reasons.add(backup, reason);
  }
}

interface PeriodRule {
  readonly reason: 'hourly' | 'daily' | 'weekly';
  readonly count: number;
  readonly periodOf: (at: Date) => number;
}

function periodRules(policy: RetentionPolicy): readonly PeriodRule[] {
  return [
    { reason: 'hourly', count: policy.keepHourly, periodOf: (at) => Math.floor(at.getTime() / 3_600_000) },
    { reason: 'daily', count: policy.keepDaily, periodOf: localDay },
    { reason: 'weekly', count: policy.keepWeekly, periodOf: localWeek },
  ];
}

/** The newest backup of each of the newest `count` periods with backups; periods without backups do not count. */
function keepNewestOfPeriods(
  sorted: readonly Backup[],
  count: number,
  periodOf: (backup: Backup) => number,
  reason: PeriodRule['reason'],
  reasons: KeepReasons,
): void {
  const periods = new Set<number>();
  for (const backup of sorted.filter(mayBeIntact)) {
    if (periods.size >= count) return;
    const period = periodOf(backup);
    if (periods.has(period)) continue;
    periods.add(period);
    reasons.add(backup, reason);
  }
}

/** A number for the local calendar day, as users expect. */
function localDay(at: Date): number {
  return Math.floor(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / 86_400_000);
}

/** Weeks begin on Monday; 1 January 1970 was a Thursday. */
function localWeek(at: Date): number {
  return Math.floor((localDay(at) + 3) / 7);
}

/** Keeps backups with a future time from occupying periods of their own for years. */
function clampToNow(at: Date, now: Date): Date {
  return at > now ? now : at;
}

function contentKey(backup: Backup): string {
  const { metadata, id } = backup;
  if (metadata?.sha256 === undefined) return id;
  return [metadata.sha256, ...(metadata.sideFiles ?? []).map((side) => side.suffix + side.sha256)].join(' ');
}

function mayBeIntact(backup: Backup): boolean {
  return backup.metadata?.verified?.ok !== false;
}
