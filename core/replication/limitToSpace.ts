import { lastGood, type Backup } from '../store/index.js';
import type { SyncPlan } from './planSync.js';

/** What is in the vault besides the copies that a plan is about, and what it may contain. */
export interface VaultSpace {
  /** For the copies of this project. */
  readonly projectBytes: number;
  /** For all copies. */
  readonly totalBytes: number;
  /** The copies of other projects. */
  readonly others: readonly { readonly createdAtMs: number; readonly sizeBytes: number }[];
  /** Whether a target contains a copy too. */
  readonly isAtTarget: (id: string) => boolean;
}

interface Candidate {
  readonly backup: Backup;
  /** Of a new copy: the size of the image, which compression only reduces. */
  readonly sizeBytes: number;
}

/**
 * Reduces a plan to what fits: first the copies that no target has, then the others, each newest first. Copies of other
 * projects count if they are newer. The last verified backup always stays.
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
  const good = lastGood(newestFirst.map(({ backup }) => backup));
  const rank = ({ backup }: Candidate): number => (backup === good ? 0 : space.isAtTarget(backup.id) ? 2 : 1);
  const fitting = new Set<string>();
  let usedBytes = 0;
  for (const { backup, sizeBytes } of newestFirst.toSorted((a, b) => rank(a) - rank(b))) {
    const newerBytes = space.others
      .filter(({ createdAtMs }) => createdAtMs > backup.createdAt.getTime())
      .reduce((sum, other) => sum + other.sizeBytes, 0);
    const isTooMuch =
      usedBytes + sizeBytes > space.projectBytes || usedBytes + newerBytes + sizeBytes > space.totalBytes;
    if (isTooMuch && backup !== good) break;
    fitting.add(backup.id);
    usedBytes += sizeBytes;
  }
  return fitting;
}
