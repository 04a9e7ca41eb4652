import { BackupError, type Ports } from '../system/index.js';
import type { RetentionPolicy } from './project.js';
import {
  EXPECTED_DAY_COUNT,
  EXPECTED_HISTORY_SIZE,
  EXPECTED_KEEP_COUNT,
  RETENTION_KEYS,
  isDayCount,
  isHistorySize,
  isKeepCount,
  isPathText,
  type ConfigurationLayer,
} from './configurationKeys.js';

type Environment = Ports['environment'];

/** The values of `FEATURE_BACKUPS_STORE`, `FEATURE_BACKUPS_KEEP_LAST` and so on. An empty variable counts as unset. */
export function readEnvironment(environment: Environment): ConfigurationLayer {
  const afterDays = wholeNumber(environment, 'FEATURE_BACKUPS_COMPRESS_AFTER_DAYS', isDayCount, EXPECTED_DAY_COUNT);
  const maxBytes = wholeNumber(environment, 'FEATURE_BACKUPS_HISTORY_MAX_BYTES', isHistorySize, EXPECTED_HISTORY_SIZE);
  return {
    database: path(environment, 'FEATURE_BACKUPS_DATABASE'),
    store: path(environment, 'FEATURE_BACKUPS_STORE'),
    retention: retention(environment),
    strict: readStrictFlag(environment),
    compression: afterDays === undefined ? undefined : { afterDays },
    history: maxBytes === undefined ? undefined : { maxBytes },
  };
}

/** Works even if other variables are invalid. */
export function readStrictFlag(environment: Environment): boolean | undefined {
  return flag(environment, 'FEATURE_BACKUPS_STRICT');
}

/** `keepLast` is `FEATURE_BACKUPS_KEEP_LAST`. */
export function environmentNameOf(key: string): string {
  return `FEATURE_BACKUPS_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function retention(environment: Environment): Partial<RetentionPolicy> {
  const policy: Partial<Record<keyof RetentionPolicy, number>> = {};
  for (const key of RETENTION_KEYS) {
    const count = wholeNumber(environment, environmentNameOf(key), isKeepCount, EXPECTED_KEEP_COUNT);
    if (count !== undefined) policy[key] = count;
  }
  return policy;
}

function wholeNumber(
  environment: Environment,
  name: string,
  isValid: (value: unknown) => value is number,
  expected: string,
): number | undefined {
  const text = valueOf(environment, name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : undefined;
  if (!isValid(value)) throw wrongValue(name, expected, text);
  return value;
}

function path(environment: Environment, name: string): string | undefined {
  const text = valueOf(environment, name);
  if (text !== undefined && !isPathText(text)) throw wrongValue(name, 'a path', text);
  return text;
}

function flag(environment: Environment, name: string): boolean | undefined {
  const text = valueOf(environment, name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  throw wrongValue(name, '1, true, 0 or false', text);
}

function valueOf(environment: Environment, name: string): string | undefined {
  const text = environment[name];
  return text === '' ? undefined : text;
}

function wrongValue(name: string, expected: string, actual: string): BackupError {
  return new BackupError(`The environment variable ${name} must be ${expected}, not ${JSON.stringify(actual)}`, {
    code: 'configuration',
    operation: 'read the environment',
    hint: `Correct ${name} or unset it.`,
  });
}
