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
      ? l10n.t('Copies in {0}: none yet, copying fails', place)
      : l10n.t('Copies in {0}: copying fails, last complete {1}', place, ago(at, now));
  }
  return at === undefined
    ? l10n.t('Copies in {0}: none yet', place)
    : l10n.t('Copies in {0}: complete, {1}', place, ago(at, now));
}
