import { l10n } from './l10n.js';

export function features(count: number): string {
  return count === 1 ? l10n.t('1 feature') : l10n.t('{0} features', count);
}

export function backups(count: number): string {
  return count === 1 ? l10n.t('1 backup') : l10n.t('{0} backups', count);
}

/** "12 states", of the history. */
export function states(count: number): string {
  return count === 1 ? l10n.t('1 state') : l10n.t('{0} states', count.toLocaleString());
}

export function projects(count: number): string {
  return count === 1 ? l10n.t('1 project') : l10n.t('{0} projects', count);
}

export function problems(count: number): string {
  return count === 1 ? l10n.t('1 problem') : l10n.t('{0} problems', count);
}

/** "598 features, 200 passing". */
export function counts({ total, passing }: Counts): string {
  if (total === undefined) return l10n.t('an unknown number of features');
  if (passing === undefined) return features(total);
  return l10n.t('{0}, {1} passing', features(total), passing);
}

interface Counts {
  readonly total?: number | undefined;
  readonly passing?: number | undefined;
}

/** "200/598 passing", for narrow places. */
export function shortCounts({ total, passing }: Counts): string {
  if (total === undefined || passing === undefined) return counts({ total, passing });
  return l10n.t('{0}/{1} passing', passing, total);
}
