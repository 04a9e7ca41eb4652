import type { ProjectSummary, QuarantinedBackup } from '../../core/engine.js';
import { visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { age, count, size } from './words.js';

/** A table of what was moved aside; in a pipe: id, time, bytes, path, why. */
export function printQuarantine(quarantined: readonly QuarantinedBackup[], console: Console): void {
  console.printJson({ quarantine: quarantined.map(quarantinedView) });
  const why = ({ problems }: QuarantinedBackup): string => problems.map(visible).join('; ');
  console.printTable(
    [{ title: 'BACKUP' }, { title: 'MOVED' }, { title: 'SIZE', align: 'right' }, { title: 'WHY' }],
    quarantined.map((one) => [
      visible(one.id),
      one.at === undefined ? '?' : age(one.at, console.ports.now()),
      size(one.sizeBytes),
      why(one),
    ]),
    quarantined.map((one) => [
      visible(one.id),
      one.at?.toISOString() ?? '?',
      String(one.sizeBytes),
      visible(one.path),
      why(one),
    ]),
  );
  if (quarantined.length === 0) console.note('Nothing is in quarantine.\n');
  else if (console.isTerminal) console.print('They stay there until you delete their files yourself.\n');
}

/** Nothing where nothing is in quarantine, as it should be. */
export function quarantineRows(
  { quarantineCount }: ProjectSummary,
  { colours }: Console,
): readonly (readonly string[])[] {
  if (quarantineCount === 0) return [];
  const text = `${count(quarantineCount, 'backup')} in quarantine: feature-backups list --quarantine shows why`;
  return [['', colours.yellow(text)]];
}

function quarantinedView({ id, path, sizeBytes, at, problems }: QuarantinedBackup) {
  return { id, path, sizeBytes, at: at?.toISOString() ?? null, problems };
}
