import type { ProjectSummary, QuarantinedBackup } from '../../core/engine.js';
import { countInWords, sizeInWords, visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { printTable } from './table.js';
import { age } from './words.js';

/** A table of quarantined backups; without a terminal: id, time, bytes, path, problems. */
export function printQuarantine(quarantined: readonly QuarantinedBackup[], console: Console): void {
  console.printJson({ quarantine: quarantined.map(quarantinedView) });
  const why = ({ problems }: QuarantinedBackup): string => problems.map(visible).join('; ');
  printTable(
    console,
    [{ title: 'BACKUP' }, { title: 'QUARANTINED' }, { title: 'SIZE', align: 'right' }, { title: 'PROBLEM' }],
    quarantined.map((one) => [
      visible(one.id),
      one.at === undefined ? '?' : age(one.at, console.ports.now()),
      sizeInWords(one.sizeBytes),
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
  if (quarantined.length === 0) console.note('The quarantine is empty.\n');
  else if (console.isTerminal) console.print('Quarantined backups are kept until you delete their files.\n');
}

/** No row if the quarantine is empty. */
export function quarantineRows(
  { quarantineCount }: ProjectSummary,
  { colours }: Console,
): readonly (readonly string[])[] {
  if (quarantineCount === 0) return [];
  const text = `${countInWords(quarantineCount, 'backup')} in quarantine; see feature-backups list --quarantine`;
  return [['', colours.yellow(text)]];
}

function quarantinedView({ id, path, sizeBytes, at, problems }: QuarantinedBackup) {
  return { id, path, sizeBytes, at: at?.toISOString() ?? null, problems };
}
