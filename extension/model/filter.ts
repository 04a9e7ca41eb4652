import type { Backup } from '../../core/store/index.js';
import { reasonOfBackup, reasonWords } from '../words/reasonWords.js';
import { conditionOf, conditionWords } from './backupRow.js';

/** True if every word of the filter occurs in the details of the backup, in any case. */
export function matchesFilter(backup: Backup, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = searchText(backup).toLowerCase();
  return words.every((word) => text.includes(word));
}

function searchText(backup: Backup): string {
  const { metadata } = backup;
  return [
    backup.id,
    reasonOfBackup(backup),
    conditionWords(conditionOf(backup)),
    metadata?.git?.branch,
    metadata?.git?.head,
    ...(metadata?.events ?? []).flatMap(({ reason, detail, tool, source }) => [
      reasonWords(reason, detail),
      tool,
      source,
    ]),
  ].join('\n');
}
