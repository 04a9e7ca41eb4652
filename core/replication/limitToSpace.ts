import { lastGood, type Backup } from '../store/index.js';
import type { SyncPlan } from './planSync.js';

/** The space limits of the vault, and the copies of other projects in it. */
export interface VaultSpace {
  /** The limit for the copies of this project. */
  readonly projectBytes: number;
  /** The limit for all copies. */
  readonly totalBytes: number;
  /** The copies of other projects. */
  readonly others: readonly { readonly createdAtMs: number; readonly sizeBytes: number }[];
  /** Whether a target also contains a copy. */
  readonly isAtTarget: (id: string) => boolean;
}

interface Candidate {
  readonly backup: Backup;
  /** For a new copy, the size of the uncompressed image. */
  readonly sizeBytes: number;
}

/**
 * Reduces a plan to the copies that fit within the limits. Copies that no target contains come first, then the others,
 * each newest first. Copies of other projects count if they are newer. The last verified backup always stays.
 */
export function limitToSpace(plan: SyncPlan, space: VaultSpace): SyncPlan {
  const candidates = [
    ...plan.copy.map((backup) => ({ backup, sizeBytes: backup.sizeBytes })),
    ...plan.present.map(({ backup, copy }) => ({ backup, sizeBytes: copy.stored.sizeBytes })),
  ];
  const fitting = idsThatFit(candidates, space);
  const fits = ({ id }: { readonly id: string }): boolean => fitting.has(id);
  return {
    ...plan,
    copy: plan.copy.filter(fits),
    update: plan.update.filter(fits),
    present: plan.present.filter(({ backup }) => fits(backup)),
    remove: [...plan.remove, ...plan.present.filter(({ backup }) => !fits(backup))],
  };
}

function idsThatFit(candidates: readonly Candidate[], space: VaultSpace): ReadonlySet<string> {
  const newestFirst = candidates.toSorted((a, b) => b.backup.createdAt.getTime() - a.backup.createdAt.getTime());
  const lastVerified = lastGood(newestFirst.map(({ backup }) => backup));
  const rank = ({ backup }: Candidate): number => (backup === lastVerified ? 0 : space.isAtTarget(backup.id) ? 2 : 1);
  const fitting = new Set<string>();
  let usedBytes = 0;
  for (const { backup, sizeBytes } of newestFirst.toSorted((a, b) => rank(a) - rank(b))) {
    const newerBytes = space.others
      .filter(({ createdAtMs }) => createdAtMs > backup.createdAt.getTime())
      .reduce((sum, other) => sum + other.sizeBytes, 0);
    const exceedsLimit =
      usedBytes + sizeBytes > space.projectBytes || usedBytes + newerBytes + sizeBytes > space.totalBytes;
    if (exceedsLimit && backup !== lastVerified) break;
    fitting.add(backup.id);
    usedBytes += sizeBytes;
  }
  return fitting;
}
