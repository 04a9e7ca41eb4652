import { BackupError } from '../system/index.js';
import type { BackupKind } from './backup.js';

/** The parts of a backup's file name. */
export interface BackupName {
  /** The name without `.db` or `.db.gz`. */
  readonly id: string;
  readonly kind: BackupKind;
  readonly compressed: boolean;
  readonly featureCount: number | undefined;
  readonly createdAt: Date | undefined;
  readonly reason: string | undefined;
}

/**
 * Parses the names given by this program and by the original Python tool, and similar ones: any `features_….db` or
 * `features_….db.gz` counts as a backup. Undefined for every other file.
 */
export function parseBackupName(fileName: string): BackupName | undefined {
  const [, id, compression] = /^(features_.+?)\.db(\.gz)?$/s.exec(fileName) ?? [];
  if (id === undefined) return undefined;
  const compressed = compression !== undefined;
  const emergency = /^features_emergency(?:_|$)/.test(id);
  const [, count, day, time, reason] = NAME_PARTS.exec(id) ?? [];
  return {
    id,
    kind: emergency ? 'emergency' : 'ordinary',
    compressed,
    featureCount: count === undefined ? undefined : Number(count),
    createdAt: day === undefined || time === undefined ? undefined : parseLocalTime(day, time),
    reason: reason === '' ? undefined : reason,
  };
}

/** `features_598_20260125-144600-2_manual`: count, day, time, number (from 2 within the same second), reason. */
const NAME_PARTS =
  /^features(?:_emergency)?(?:_(\d{1,9}))?(?:_(\d{8})[-_T](\d{6})(?:-\d{1,6})?)?(?:_(?!\d{8}[-_T]\d{6})(.*))?$/s;

/** `number` is 1 for the first backup in its second. */
export function formatBackupId(featureCount: number, at: Date, number: number, reason: string): string {
  return `features_${featureCount.toString()}_${formatLocalTime(at)}${numberSuffix(number)}_${reason}`;
}

export function formatEmergencyId(at: Date, number: number): string {
  return `features_emergency_${formatLocalTime(at)}${numberSuffix(number)}`;
}

/** The id with another number in its second; `number` is 2 or more. */
export function numberedId(id: string, number: number): string {
  const [, before, after] = /^(.*?_\d{8}[-_T]\d{6})(?:-\d{1,6})?((?:_.*)?)$/s.exec(id) ?? [];
  return before === undefined || after === undefined
    ? id + numberSuffix(number)
    : before + numberSuffix(number) + after;
}

/** The reason as a part of a file name: letters, digits and `_`, at most 64, never empty. */
export function sanitiseReason(reason: string): string {
  const safe = reason.replace(/[^A-Za-z0-9_]/gu, '_').slice(0, MAX_REASON_LENGTH);
  return safe === '' ? 'unnamed' : safe;
}

const MAX_REASON_LENGTH = 64;

/** Rejects names that could point outside the store before they become part of a path. */
export function assertSafeName(name: string): void {
  const problem = reasonUnsafe(name);
  if (problem === undefined) return;
  throw new BackupError(`${JSON.stringify(name)} cannot be the name of a backup: it ${problem}`, {
    code: 'unsafe-name',
    operation: 'find the backup',
    hint: 'Enter only the name of a backup, without a folder.',
  });
}

function reasonUnsafe(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (name.includes('\0')) return 'contains a null character';
  if (/[/\\]/.test(name)) return 'contains a path separator';
  if (name.includes('..')) return 'contains ".."';
  return name.length > 255 ? 'is too long' : undefined;
}

function numberSuffix(number: number): string {
  return number > 1 ? `-${number.toString()}` : '';
}

function formatLocalTime(at: Date): string {
  const day = digits(at.getFullYear(), 4) + digits(at.getMonth() + 1, 2) + digits(at.getDate(), 2);
  return `${day}-${digits(at.getHours(), 2)}${digits(at.getMinutes(), 2)}${digits(at.getSeconds(), 2)}`;
}

function parseLocalTime(day: string, time: string): Date | undefined {
  const part = (text: string, start: number, length = 2): number => Number(text.slice(start, start + length));
  const month = part(day, 4);
  const at = new Date(part(day, 0, 4), month - 1, part(day, 6), part(time, 0), part(time, 2), part(time, 4));
  // `Date` turns 31 February into a day in March; such a name contains no valid time.
  return at.getMonth() === month - 1 && at.getDate() === part(day, 6) ? at : undefined;
}

function digits(value: number, length: number): string {
  return value.toString().padStart(length, '0');
}
