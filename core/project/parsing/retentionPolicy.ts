import { EXPECTED_KEEP_COUNT, RETENTION_KEYS, isKeepCount } from '../configurationKeys.js';
import type { RetentionPolicy } from '../project.js';
import type { ObjectReader } from './objectReader.js';

export function readRetention(parent: ObjectReader): Partial<RetentionPolicy> | undefined {
  const rules = parent.object('retention', RETENTION_KEYS);
  if (rules === undefined) return undefined;
  const policy: Partial<Record<keyof RetentionPolicy, number>> = {};
  for (const key of RETENTION_KEYS) {
    const count = rules.value(key, isKeepCount, EXPECTED_KEEP_COUNT);
    if (count !== undefined) policy[key] = count;
  }
  return policy;
}
