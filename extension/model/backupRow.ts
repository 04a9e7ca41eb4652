import type { Backup } from '../../core/store/index.js';
import { counts, shortCounts } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { reasonOfBackup } from '../words/reasonWords.js';
import { timeOfDay } from '../words/times.js';
import type { Icon } from './icons.js';

export type BackupCondition = 'damaged' | 'pinned' | 'raw' | 'verified' | 'unverified';

export interface BackupRow {
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  /** For screen readers: includes the meaning of the icon. */
  readonly ariaLabel: string;
  /**
   * Space-separated flags that menus match: `backup ordinary pinned readable damaged`, `backup history readable`,
   * `backup vault readable`.
   */
  readonly contextValue: string;
}

export function backupRow(backup: Backup): BackupRow {
  const label = reasonOfBackup(backup);
  const time = timeOfDay(backup.createdAt);
  const isRaw = backup.content === 'raw';
  const content = isRaw ? l10n.t('raw files without a consistent snapshot') : counts(backup.counts);
  const isUncounted = !isRaw && backup.counts.total === undefined;
  const conditions = [
    ...(backup.history === undefined ? [] : [l10n.t('in the history')]),
    ...(backup.isOnlyInVault ? [l10n.t('only in the vault')] : []),
    conditionWords(conditionOf(backup)),
  ];
  return {
    label,
    description: [
      time,
      ...(isUncounted ? [] : [isRaw ? content : shortCounts(backup.counts)]),
      ...(backup.isOnlyInVault ? [l10n.t('only in the vault')] : []),
    ].join(' · '),
    icon: iconOf(backup),
    ariaLabel: [label, content, time, ...conditions].join(', '),
    contextValue: contextOf(backup),
  };
}

/** The most important fact about a backup. */
export function conditionOf(backup: Backup): BackupCondition {
  if (isDamaged(backup)) return 'damaged';
  if (backup.content === 'raw') return 'raw';
  if (backup.metadata?.pinned === true) return 'pinned';
  return backup.metadata?.verified?.ok === true ? 'verified' : 'unverified';
}

export function isDamaged({ metadata }: Backup): boolean {
  return metadata?.verified?.ok === false;
}

export function conditionWords(condition: BackupCondition): string {
  switch (condition) {
    case 'damaged':
      return l10n.t('damaged');
    case 'raw':
      return l10n.t('raw files');
    case 'pinned':
      return l10n.t('pinned');
    case 'verified':
      return l10n.t('verified');
    case 'unverified':
      return l10n.t('not verified');
  }
}

function iconOf(backup: Backup): Icon {
  const condition = conditionOf(backup);
  const isOfHistory = backup.history !== undefined && condition !== 'damaged';
  return isOfHistory ? { id: 'circle-small-filled', color: undefined } : ICONS[condition];
}

const ICONS: Readonly<Record<BackupCondition, Icon>> = {
  damaged: { id: 'error', color: 'problemsErrorIcon.foreground' },
  raw: { id: 'file-binary', color: 'problemsWarningIcon.foreground' },
  pinned: { id: 'pinned', color: 'testing.iconPassed' },
  verified: { id: 'pass', color: 'testing.iconPassed' },
  unverified: { id: 'circle-large-outline', color: undefined },
};

function contextOf(backup: Backup): string {
  if (backup.history !== undefined) return 'backup history readable';
  if (backup.isOnlyInVault) return 'backup vault readable';
  const flags = ['backup', backup.kind];
  if (backup.metadataProblem === undefined) flags.push(backup.metadata?.pinned === true ? 'pinned' : 'unpinned');
  flags.push(backup.content === 'raw' ? 'raw' : 'readable');
  if (isDamaged(backup)) flags.push('damaged');
  return flags.join(' ');
}
