import type {
  CompressionPolicy,
  Configuration,
  HistoryPolicy,
  NotificationPolicy,
  ReplicationTarget,
  RetentionPolicy,
  SchedulePolicy,
} from './types.js';

/** What one source of configuration says; the rest comes from the sources below it. */
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
}

export const RETENTION_KEYS = [
  'keepLast',
  'keepHourly',
  'keepDaily',
  'keepWeekly',
  'keepEmergency',
] as const satisfies readonly (keyof RetentionPolicy)[];

/** `$schema` is for editors and says nothing here. */
export const CONFIGURATION_KEYS = ['$schema', 'database', 'store', 'retention', 'strict'] as const satisfies readonly (
  keyof Configuration | '$schema'
)[];

/** The most backups that a rule may keep. */
export const MAX_KEEP = 100_000;

export function isKeepCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_KEEP;
}

export const EXPECTED_KEEP_COUNT = `a whole number from 0 to ${String(MAX_KEEP)}`;

/** A path that can be one: some text, no null character. */
export function isPathText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
}
