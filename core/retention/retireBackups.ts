import { foldBackups, isFoldable } from '../history/index.js';
import { removeBackups, type OpenStore, type Removal, type Backup } from '../store/index.js';
import type { RetentionPlan } from './retention.js';

/**
 * Takes what retention does not keep out of the store: into the history where there is one, else for good. Where folding
 * fails, the backup stays.
 */
export function retireBackups(store: OpenStore, backups: readonly Backup[]): Removal {
  const { history } = store.project.configuration;
  if (!backups.some((backup) => isFoldable(backup, history))) return removeBackups(store, backups);
  return foldBackups(store, backups);
}

/**
 * Whether a backup, for which somebody waits, takes the others out as well. Several at once cost little more than one:
 * so up to a quarter more than retention keeps may wait for the next backups, where they take up little space.
 */
export function isWorthRetiring({ keep, remove }: RetentionPlan): boolean {
  const sizeBytes = remove.reduce((sum, backup) => sum + sizeWithSideFiles(backup), 0);
  const kept = keep.filter(({ backup }) => backup.kind === 'ordinary').length;
  return remove.length > Math.min(MAX_WAITING, Math.floor(kept / 4)) || sizeBytes > MAX_WAITING_BYTES;
}

function sizeWithSideFiles({ sizeBytes, metadata }: Backup): number {
  return (metadata?.sideFiles ?? []).reduce((sum, side) => sum + side.sizeBytes, sizeBytes);
}

const MAX_WAITING = 8;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
