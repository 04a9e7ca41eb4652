import type {
  CompressionPolicy,
  Configuration,
  HistoryPolicy,
  LinkedDatabase,
  NotificationPolicy,
  ReplicationTarget,
  RetentionPolicy,
  SchedulePolicy,
} from './project.js';

/** The values of one source; the others come from the sources below it. */
export interface ConfigurationLayer {
  readonly database?: string | undefined;
  readonly store?: string | undefined;
  readonly retention?: Partial<RetentionPolicy> | undefined;
  readonly strict?: boolean | undefined;
  readonly compression?: Partial<CompressionPolicy> | undefined;
  readonly history?: Partial<HistoryPolicy> | undefined;
  readonly schedule?: Partial<SchedulePolicy> | undefined;
  readonly targets?: readonly ReplicationTarget[] | undefined;
  readonly notifications?: Partial<NotificationPolicy> | undefined;
  readonly projects?: readonly string[] | undefined;
  readonly linkedDatabases?: readonly LinkedDatabase[] | undefined;
}

export const RETENTION_KEYS = [
  'keepLast',
  'keepHourly',
  'keepDaily',
  'keepWeekly',
  'keepEmergency',
] as const satisfies readonly (keyof RetentionPolicy)[];

/** `$schema` is for editors only. */
export const CONFIGURATION_KEYS = [
  '$schema',
  'database',
  'store',
  'retention',
  'strict',
  'compression',
  'history',
  'schedule',
  'targets',
  'notifications',
  'projects',
  'linkedDatabases',
] as const satisfies readonly (keyof Configuration | '$schema')[];

export const MAX_KEEP = 100_000;

export function isKeepCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_KEEP;
}

export const EXPECTED_KEEP_COUNT = `a whole number from 0 to ${String(MAX_KEEP)}`;

/** Not empty, and without a null character. */
export function isPathText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
}

/** A hundred years. */
export const MAX_COMPRESS_AFTER_DAYS = 36_500;

export function isDayCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COMPRESS_AFTER_DAYS;
}

export const EXPECTED_DAY_COUNT = `a whole number of days from 0 to ${String(MAX_COMPRESS_AFTER_DAYS)}`;

/** Less would not fit a single segment of most projects. */
export const MIN_HISTORY_BYTES = 1024 * 1024;
export const MAX_HISTORY_BYTES = 2 ** 40;

export function isHistorySize(value: unknown): value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false;
  return value === 0 || (value >= MIN_HISTORY_BYTES && value <= MAX_HISTORY_BYTES);
}

export const EXPECTED_HISTORY_SIZE = `0, or a whole number of bytes from ${String(MIN_HISTORY_BYTES)} to ${String(MAX_HISTORY_BYTES)}`;
