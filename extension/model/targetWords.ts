import type { TargetState } from '../../core/health/index.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { ago } from '../words/times.js';

/** How copying to one target stands, in a line: "Copies in usb: complete, 2 h ago". */
export function targetWords({ name, lastOkAt, problem }: TargetState, now: Date): string {
  const at = lastOkAt === undefined ? undefined : new Date(lastOkAt);
  const place = plainLine(name);
  if (problem !== undefined) {
    return at === undefined
      ? l10n.t('Target {0}: sync failed, not synced yet', place)
      : l10n.t('Target {0}: sync failed, last synced {1}', place, ago(at, now));
  }
  return at === undefined
    ? l10n.t('Target {0}: not synced yet', place)
    : l10n.t('Target {0}: synced {1}', place, ago(at, now));
}
