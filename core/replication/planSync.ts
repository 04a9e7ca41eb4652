import type { RetentionPolicy } from '../project/index.js';
import { planRetention } from '../retention/index.js';
import { lastGood, type Backup } from '../store/index.js';
import type { LiveCondition } from '../live/index.js';
import { describeCopy, type CopyMetadata } from './copyMetadata.js';
import type { Copy } from './readTarget.js';
import { isPortableId } from './targetNames.js';

/** What one pass does at one target. */
export interface SyncPlan {
  /** Newest first: what matters most is safe first. */
  readonly copy: readonly Backup[];
  /** Whole copies whose metadata have changed here since: a pin, a check, more events. */
  readonly update: readonly { readonly id: string; readonly copy: CopyMetadata }[];
  readonly present: readonly Copy[];
  readonly remove: readonly Copy[];
  /** What is not copied although it is here. */
  readonly skipped: readonly Skipped[];
}

export interface Skipped {
  readonly id: string;
  readonly why: 'raw-files' | 'damaged' | 'unusual-name' | 'metadata-unknown';
}

/**
 * What is to be copied, and what to be removed there: the target's retention policy is asked about all that is here or
 * there, so that nothing is copied only to be removed. What the store's own policy lets go, and what is here all the
 * same, waits to be folded: until the history holds it, there too, its copy stays. Pure; while the live database is not
 * `sound`, everything is kept.
 */
export function planSync(
  local: readonly Backup[],
  copies: readonly Copy[],
  policies: { readonly target: RetentionPolicy; readonly store: RetentionPolicy },
  now: Date,
  live: LiveCondition,
): SyncPlan {
  const skipped = local.flatMap(reasonToSkip);
  const notCopied = new Set(skipped.map(({ id }) => id));
  const here = new Map(local.filter(({ id }) => !notCopied.has(id)).map((backup) => [backup.id, backup]));
  const elsewhere = copies.filter(({ backup }) => !here.has(backup.id));
  const both = [...here.values(), ...elsewhere.map(({ backup }) => backup)];
  const kept = new Set(planRetention(both, policies.target, now, live).keep.map(({ backup }) => backup.id));
  for (const id of neverRemoved(local)) kept.add(id);
  for (const { id } of planRetention(local, policies.store, now, live).remove) kept.add(id);

  const whole = new Map(copies.map((copy) => [copy.backup.id, copy]));
  const toCopy: Backup[] = [];
  const update: { id: string; copy: CopyMetadata }[] = [];
  for (const backup of here.values()) {
    if (!kept.has(backup.id)) continue;
    const there = whole.get(backup.id);
    if (there === undefined || !isSameImage(backup, there)) toCopy.push(backup);
    else {
      const { metadata, stored } = there.copy;
      const wanted = describeCopy(backup, { sha256: metadata.sha256, sizeBytes: metadata.backupSizeBytes }, stored);
      if (wanted.text !== there.copy.text) update.push({ id: backup.id, copy: wanted });
    }
  }
  const again = new Set(toCopy.map(({ id }) => id));
  return {
    copy: toCopy,
    update,
    present: copies.filter(({ backup }) => kept.has(backup.id) && !again.has(backup.id)),
    remove: copies.filter(({ backup }) => !kept.has(backup.id)),
    skipped,
  };
}

function reasonToSkip({ id, content, metadata, metadataProblem }: Backup): readonly Skipped[] {
  // A copy of it would have guessed metadata; one that is there already has better ones.
  if (metadataProblem !== undefined) return [{ id, why: 'metadata-unknown' }];
  if (content === 'raw') return [{ id, why: 'raw-files' }];
  if (!isPortableId(id)) return [{ id, why: 'unusual-name' }];
  return metadata?.verified?.ok === false && metadata.content === undefined ? [{ id, why: 'damaged' }] : [];
}

/** What this store itself would never let go: also what may be pinned. */
function neverRemoved(local: readonly Backup[]): readonly string[] {
  const pinned = local.filter(
    ({ metadata, metadataProblem }) => metadata?.pinned === true || metadataProblem !== undefined,
  );
  return [...pinned, lastGood(local)].filter((backup) => backup !== undefined).map(({ id }) => id);
}

function isSameImage({ metadata }: Backup, { copy }: Copy): boolean {
  return metadata?.sha256 === undefined || metadata.sha256 === copy.metadata.sha256;
}
