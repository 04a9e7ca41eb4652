import type { Backup } from '../../core/store/index.js';
import type { HistoryDay } from '../engine/protocol.js';
import { states } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { dayName } from '../words/times.js';
import type { BackupNode, HistoryDayNode, HistoryNode, NoteNode } from './treeNodes.js';

/** Empty if there are no history states. */
export function historyNode(root: string, stateCount: number, filter: string): readonly HistoryNode[] {
  if (stateCount === 0) return [];
  return [
    {
      kind: 'history',
      id: `${root}|history`,
      root,
      label: l10n.t('History'),
      description: states(stateCount),
      filter,
      children: [],
    },
  ];
}

/** A day whose states are loaded on expansion. */
export function historyDayNode(root: string, day: HistoryDay, now: Date): HistoryDayNode {
  return {
    kind: 'historyDay',
    id: `${root}|history|${day.key}`,
    root,
    day: day.key,
    label: dayName(day.newestAt, now),
    description: String(day.stateCount),
    isExpanded: false,
    children: [],
  };
}

/** A day with only the matching states. */
export function filteredDayNode(root: string, day: HistoryDay, matches: readonly Backup[], now: Date): HistoryDayNode {
  return {
    ...historyDayNode(root, day, now),
    // A different id, so that the day does not stay expanded without the filter.
    id: `${root}|filteredHistory|${day.key}`,
    description: l10n.t('{0} of {1}', matches.length, day.stateCount),
    isExpanded: true,
    children: historyStateNodes(root, matches),
  };
}

/** A state may exist as a backup too, so the ids of rows differ. */
export function historyStateNodes(root: string, states: readonly Backup[]): readonly BackupNode[] {
  return states.map((backup) => ({
    kind: 'backup',
    id: `${root}|history|${backup.id}`,
    root,
    backup,
    children: [],
  }));
}

/** A row for missing or unreadable states. */
export function historyNote(root: string, key: 'damaged' | 'failed' | 'noMatch'): NoteNode {
  const labels = {
    damaged: l10n.t('Part of the history is unreadable'),
    failed: l10n.t('The history is unreadable'),
    noMatch: l10n.t('No history states match the filter'),
  };
  const action = key === 'noMatch' ? 'clearFilter' : 'showLog';
  return { kind: 'note', id: `${root}|history|${key}`, root, label: labels[key], action, children: [] };
}
