import type { TargetState } from '../../core/health/index.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { ago } from '../words/times.js';

/** "Target usb: synced 2 h ago". */
export function describeTarget({ name, lastOkAt, problem }: TargetState, now: Date): string {
  const at = lastOkAt === undefined ? undefined : new Date(lastOkAt);
  const target = plainLine(name);
  if (problem !== undefined) {
    return at === undefined
      ? l10n.t('Target {0}: sync failed, not synced yet', target)
      : l10n.t('Target {0}: sync failed, last synced {1}', target, ago(at, now));
  }
  return at === undefined
    ? l10n.t('Target {0}: not synced yet', target)
    : l10n.t('Target {0}: synced {1}', target, ago(at, now));
}
