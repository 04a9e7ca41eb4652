import type { Backup } from '../../core/store/index.js';
import { sizeInWords } from '../../core/system/index.js';
import type { Overview } from '../engine/protocol.js';
import { conditionOf, conditionWords } from '../model/backupRow.js';
import { backups, counts } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { reasonOfBackup } from '../words/reasonWords.js';
import { fullTime } from '../words/times.js';
import type { TimelineData, TimelinePoint } from './protocol.js';
import { timelineWords } from './timelineWords.js';

export interface TimelineOptions {
  /** The project's name. */
  readonly name: string;
  readonly isTrusted: boolean;
}

/**
 * The data that the page shows about a project. It does not depend on the current time, so equal data is not resent.
 */
export function timelineData(overview: Overview, { name, isTrusted }: TimelineOptions): TimelineData {
  const oldestFirst = overview.backups.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return {
    root: overview.root,
    heading: plainLine(name),
    summary: summaryOf(oldestFirst),
    points: oldestFirst.map(pointOf),
    storage: storageOf(overview),
    canBackUp: isTrusted,
    locale,
    timeZone,
    words: timelineWords(),
  };
}

function summaryOf(oldestFirst: readonly Backup[]): string {
  const [oldest] = oldestFirst;
  const newest = oldestFirst.at(-1);
  if (oldest === undefined || newest === undefined) return l10n.t('No backups yet');
  const [first, last] = [day(oldest.createdAt), day(newest.createdAt)];
  return first === last
    ? l10n.t('{0}, {1}', backups(oldestFirst.length), first)
    : l10n.t('{0}, {1} to {2}', backups(oldestFirst.length), first, last);
}

function pointOf(backup: Backup): TimelinePoint {
  const isRaw = backup.content === 'raw';
  return {
    id: backup.id,
    atMs: backup.createdAt.getTime(),
    kind: backup.kind,
    condition: conditionOf(backup),
    features: backup.counts.total ?? null,
    passing: backup.counts.passing ?? null,
    isComparable: !isRaw,
    reason: reasonOfBackup(backup),
    when: fullTime(backup.createdAt),
    counts: isRaw ? l10n.t('raw files without a consistent snapshot') : counts(backup.counts),
    state: stateWords(backup),
    size: sizeInWords(backup.sizeBytes),
    git: gitWords(backup),
  };
}

function stateWords(backup: Backup): string {
  const { metadata, kind, compressed } = backup;
  const condition = conditionOf(backup);
  const words = [conditionWords(condition)];
  // `pinned` hides the result of the check.
  if (condition === 'pinned') words.push(conditionWords(metadata?.verified?.ok === true ? 'verified' : 'unverified'));
  if (condition === 'damaged' && metadata?.pinned === true) words.push(conditionWords('pinned'));
  if (kind === 'emergency') words.unshift(l10n.t('emergency backup'));
  if (compressed) words.push(l10n.t('compressed'));
  return words.join(', ');
}

const SHORT_HASH_LENGTH = 7;

function gitWords({ metadata }: Backup): string | null {
  const commit = metadata?.git?.commit ?? metadata?.git?.head;
  const hash = commit ? plainLine(commit).slice(0, SHORT_HASH_LENGTH) : undefined;
  const branch = metadata?.git?.branch ? plainLine(metadata.git.branch) : undefined;
  if (hash !== undefined && branch !== undefined) return l10n.t('commit {0} on {1}', hash, branch);
  if (hash !== undefined) return l10n.t('commit {0}', hash);
  return branch === undefined ? null : l10n.t('branch {0}', branch);
}

function storageOf({ backups: all, totalSizeBytes }: Overview): TimelineData['storage'] {
  const ordinary = all.filter(({ kind }) => kind === 'ordinary');
  const emergencyCount = all.length - ordinary.length;
  const ordinaryBytes = ordinary.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  // The remainder, because raw emergency backups include -wal and -journal files.
  const emergencyBytes = Math.max(0, totalSizeBytes - ordinaryBytes);
  return {
    text: l10n.t('{0} used', sizeInWords(totalSizeBytes)),
    ordinary: {
      sizeBytes: ordinaryBytes,
      text: l10n.t('{0} in {1}', sizeInWords(ordinaryBytes), backups(ordinary.length)),
    },
    emergency: {
      sizeBytes: emergencyBytes,
      text:
        emergencyCount === 1
          ? l10n.t('{0} in 1 emergency backup', sizeInWords(emergencyBytes))
          : l10n.t('{0} in {1} emergency backups', sizeInWords(emergencyBytes), emergencyCount),
    },
  };
}

function day(at: Date): string {
  return at.toLocaleDateString(undefined, { dateStyle: 'medium' });
}
