import { BackupError } from '../errors.js';
import type { Ports } from '../ports.js';
import type { RetentionPolicy } from './types.js';
import {
  EXPECTED_KEEP_COUNT,
  RETENTION_KEYS,
  isKeepCount,
  isPathText,
  type ConfigurationLayer,
} from './configurationKeys.js';

type Environment = Ports['environment'];

/** What `FEATURE_BACKUPS_*` say: `FEATURE_BACKUPS_STORE`, `FEATURE_BACKUPS_KEEP_LAST` and so on. An empty one is unset. */
export function readEnvironment(environment: Environment): ConfigurationLayer {
  return {
    database: path(environment, 'FEATURE_BACKUPS_DATABASE'),
    store: path(environment, 'FEATURE_BACKUPS_STORE'),
    retention: retention(environment),
    strict: flag(environment, 'FEATURE_BACKUPS_STRICT'),
  };
}

/** `keepLast` is `FEATURE_BACKUPS_KEEP_LAST`. */
export function environmentNameOf(key: string): string {
  return `FEATURE_BACKUPS_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function retention(environment: Environment): Partial<RetentionPolicy> {
  const policy: Partial<Record<keyof RetentionPolicy, number>> = {};
  for (const key of RETENTION_KEYS) {
    const name = environmentNameOf(key);
    const text = valueOf(environment, name);
    if (text === undefined) continue;
    const count = /^\d+$/.test(text) ? Number(text) : undefined;
    if (!isKeepCount(count)) throw wrongValue(name, EXPECTED_KEEP_COUNT, text);
    policy[key] = count;
  }
  return policy;
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
