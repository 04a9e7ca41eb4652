import type { Backup } from '../../core/engine.js';
import { sizeInWords, visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { printTable } from './table.js';
import { age } from './words.js';

const COLUMNS = [
  { title: 'BACKUP' },
  { title: 'CREATED' },
  { title: 'FEATURES', align: 'right' },
  { title: 'PASSING', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'NOTES' },
] as const;

/** A table of backups; without a terminal: id, time, features, passing, bytes, notes. */
export function printBackups(backups: readonly Backup[], console: Console): void {
  const now = console.ports.now();
  const cells = (backup: Backup, created: string, bytes: string): readonly string[] => [
    visible(backup.id),
    created,
    String(backup.counts.total ?? '?'),
    String(backup.counts.passing ?? '?'),
    bytes,
    notes(backup).join(', '),
  ];
  const row = console.isTerminal
    ? (backup: Backup) => cells(backup, age(backup.createdAt, now), sizeInWords(backup.sizeBytes))
    : (backup: Backup) => cells(backup, isoTime(backup.createdAt), String(backup.sizeBytes));
  printTable(console, COLUMNS, console.json ? [] : backups.map(row));
}

function notes({ kind, content, compressed, metadata, metadataProblem, isOnlyInVault }: Backup): readonly string[] {
  return [
    ...(kind === 'emergency' ? ['emergency'] : []),
    ...(content === 'raw' ? ['raw files'] : []),
    ...(isOnlyInVault ? ['vault'] : compressed ? ['compressed'] : []),
    ...(metadata?.pinned === true ? ['pinned'] : []),
    ...(metadata?.verified?.ok === false || (metadata?.problems ?? []).length > 0 ? ['damaged'] : []),
    ...(metadata === undefined ? [metadataProblem === undefined ? 'no metadata' : 'metadata unreadable'] : []),
  ];
}

function isoTime(date: Date): string {
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString();
}
