import { l10n } from '../words/l10n.js';
import type { TimelineWords } from './protocol.js';

/** Texts that the page shows later; it fills the placeholders itself. */
export function timelineWords(): TimelineWords {
  return {
    selectTwo: l10n.t('To compare two backups, Shift+click each of them or select them with Space.'),
    selectOneMore: l10n.t('Selected: {0}. Select another backup to compare.', '{0}'),
    bothSelected: l10n.t('Selected: {0} and {1}.', '{0}', '{1}'),
    selected: l10n.t('selected for comparison'),
    unselected: l10n.t('no longer selected'),
    notComparable: l10n.t('Raw files cannot be compared.'),
    position: l10n.t('{0} of {1}', '{0}', '{1}'),
    showingAll: l10n.t('Showing all'),
    showingRange: l10n.t('Showing {0} to {1}', '{0}', '{1}'),
  };
}

/** Texts of the initial page. */
export function pageWords() {
  return {
    title: l10n.t('Timeline'),
    chart: l10n.t('Timeline of backups'),
    chartHelp: l10n.t(
      'Press the arrow keys to move between backups, Home or End to go to the first or last, Enter to show a backup in the Backups view, Space to select it for comparison, plus or minus to zoom, and Escape to show all.',
    ),
    features: l10n.t('Features'),
    passing: l10n.t('Passing'),
    backup: l10n.t('Backup'),
    unverified: l10n.t('Not verified'),
    emergency: l10n.t('Emergency backup'),
    damaged: l10n.t('Damaged'),
    legend: l10n.t('Legend'),
    zoomIn: l10n.t('Zoom in'),
    zoomOut: l10n.t('Zoom out'),
    showAll: l10n.t('Show All'),
    compare: l10n.t('Compare'),
    clearSelection: l10n.t('Clear Selection'),
    emptyTitle: l10n.t('No backups yet'),
    emptyText: l10n.t(
      'Each backup appears here as a point that shows its number of features and how many of them pass.',
    ),
    backUpNow: l10n.t('Back Up Now'),
    hint: l10n.t('Drag to zoom, double-click to show all. Click a backup to show it in the Backups view.'),
    time: l10n.t('Time'),
    reason: l10n.t('Reason'),
    state: l10n.t('Status'),
    size: l10n.t('Size'),
    git: l10n.t('Git'),
    table: l10n.t('All backups, oldest first'),
    loading: l10n.t('Loading backups…'),
  } as const;
}

export type PageWords = Readonly<Record<keyof ReturnType<typeof pageWords>, string>>;
