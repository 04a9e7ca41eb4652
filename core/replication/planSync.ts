import type { RetentionPolicy } from '../project/index.js';
import { planRetention } from '../retention/index.js';
import { lastGood, mayBePinned, type Backup } from '../store/index.js';
import type { LiveCondition } from '../live/index.js';
import { describeCopy, type CopyMetadata } from './copyMetadata.js';
import type { Copy } from './readTarget.js';
import { isPortableId } from './targetNames.js';

/** The steps of a sync to one target. */
export interface SyncPlan {
  /** Newest first: the newest ones matter most if the sync is interrupted. */
  readonly copy: readonly Backup[];
  /** Complete copies whose metadata has changed: a pin, a check, more events. */
  readonly update: readonly { readonly id: string; readonly copy: CopyMetadata }[];
  readonly present: readonly Copy[];
  readonly remove: readonly Copy[];
  /** Local backups that are not copied. */
  readonly skipped: readonly Skipped[];
}

export interface Skipped {
  readonly id: string;
  readonly why: 'raw-files' | 'damaged' | 'unusual-name' | 'metadata-unknown';
}

/**
 * Plans which backups to copy and which copies to remove. The target's retention policy is applied to local backups and
 * copies together, so nothing is copied only to be removed. Backups that the store will archive keep their copies until
 * the history contains them at the target too. While the live database is not `sound`, everything is kept.
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
  const localById = new Map(local.filter(({ id }) => !notCopied.has(id)).map((backup) => [backup.id, backup]));
  const onlyAtTarget = copies.filter(({ backup }) => !localById.has(backup.id));
  const all = [...localById.values(), ...onlyAtTarget.map(({ backup }) => backup)];
  const kept = new Set(planRetention(all, policies.target, now, live).keep.map(({ backup }) => backup.id));
  for (const id of protectedIds(local)) kept.add(id);
  for (const { id } of planRetention(local, policies.store, now, live).remove) kept.add(id);

  const copyOf = new Map(copies.map((copy) => [copy.backup.id, copy]));
  const toCopy: Backup[] = [];
  const update: { id: string; copy: CopyMetadata }[] = [];
  for (const backup of localById.values()) {
    if (!kept.has(backup.id)) continue;
    const existing = copyOf.get(backup.id);
    if (existing === undefined || !isSameImage(backup, existing)) toCopy.push(backup);
    else {
      const { metadata, stored } = existing.copy;
      const updated = describeCopy(backup, { sha256: metadata.sha256, sizeBytes: metadata.backupSizeBytes }, stored);
      if (updated.text !== existing.copy.text) update.push({ id: backup.id, copy: updated });
    }
  }
  const replaced = new Set(toCopy.map(({ id }) => id));
  return {
    copy: toCopy,
    update,
    present: copies.filter(({ backup }) => kept.has(backup.id) && !replaced.has(backup.id)),
    remove: copies.filter(({ backup }) => !kept.has(backup.id)),
    skipped,
  };
}

function reasonToSkip({ id, content, metadata, metadataProblem }: Backup): readonly Skipped[] {
  // A new copy would lack the metadata, and might replace one that has it.
  if (metadataProblem !== undefined) return [{ id, why: 'metadata-unknown' }];
  if (content === 'raw') return [{ id, why: 'raw-files' }];
  if (!isPortableId(id)) return [{ id, why: 'unusual-name' }];
  return metadata?.verified?.ok === false && metadata.content === undefined ? [{ id, why: 'damaged' }] : [];
}

/** Backups that this store never prunes, including those that may be pinned. */
function protectedIds(local: readonly Backup[]): readonly string[] {
  return [...local.filter(mayBePinned), lastGood(local)].filter((backup) => backup !== undefined).map(({ id }) => id);
}

function isSameImage({ metadata }: Backup, { copy }: Copy): boolean {
  return metadata?.sha256 === undefined || metadata.sha256 === copy.metadata.sha256;
}
