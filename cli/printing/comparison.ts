import type { FeatureChange, FeatureComparison, FieldChange } from '../../core/engine.js';
import { countDifferences } from '../../core/database/index.js';
import { countInWords, visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { truncateEnd } from './width.js';

export interface Sides {
  readonly from: string;
  readonly to: string;
}

/** A diff on a terminal; one tab-separated line per difference elsewhere. */
export function printComparison(comparison: FeatureComparison, sides: Sides, console: Console): void {
  if (!console.isTerminal) {
    console.print(plainLines(comparison));
    return;
  }
  console.print(`From ${visible(sides.from)} to ${visible(sides.to)}: ${summaryOf(comparison)}\n`);
  const lines = diffLines(comparison, console);
  if (lines.length > 0) console.print(`\n${lines.join('\n')}\n`);
}

/** "12 added, 3 removed, 29 changed (29 from passing to failing), 554 unchanged". */
export function summaryOf(comparison: FeatureComparison): string {
  const { unchangedCount, passingToFailing, failingToPassing } = comparison;
  const { added, removed, changed } = countDifferences(comparison);
  if (added + removed + changed === 0) return 'no changes';
  const transitions = [
    ...(passingToFailing > 0 ? [`${String(passingToFailing)} from passing to failing`] : []),
    ...(failingToPassing > 0 ? [`${String(failingToPassing)} from failing to passing`] : []),
  ];
  return [
    ...(added > 0 ? [`${String(added)} added`] : []),
    ...(removed > 0 ? [`${String(removed)} removed`] : []),
    ...(changed > 0
      ? [`${String(changed)} changed${transitions.length > 0 ? ` (${transitions.join(', ')})` : ''}`]
      : []),
    `${String(unchangedCount)} unchanged`,
  ].join(', ');
}

/** One line per feature, at most `max`, and the number of the others. */
export function briefLines(comparison: FeatureComparison, console: Console, max: number): readonly string[] {
  return limitLines(comparison, console.colours, max, briefChangeLines);
}

/** Every difference, field by field. */
export function diffLines(comparison: FeatureComparison, console: Console): readonly string[] {
  return limitLines(comparison, console.colours, Infinity, changeLines);
}

function limitLines(
  comparison: FeatureComparison,
  colours: Console['colours'],
  max: number,
  linesOf: (change: FeatureChange, colours: Console['colours']) => readonly string[],
): readonly string[] {
  const { added, removed, changed } = comparison;
  const blocks = [
    ...removed.map(({ id, name }) => [colours.red(`- ${title(id, name)}`)]),
    ...added.map(({ id, name }) => [colours.green(`+ ${title(id, name)}`)]),
    ...changed.map((change) => linesOf(change, colours)),
  ];
  const shown = blocks.slice(0, max);
  const counts = countDifferences(comparison);
  const hiddenCount = counts.added + counts.removed + counts.changed - shown.length;
  return [
    ...shown.flat(),
    ...(hiddenCount > 0 ? [colours.dim(`  … and ${countInWords(hiddenCount, 'more feature')}`)] : []),
  ];
}

function briefChangeLines(change: FeatureChange, colours: Console['colours']): readonly string[] {
  const fields = change.changes.map((field) => (isFlag(field) ? flagText(field, colours) : field.field));
  return [`${colours.yellow(`~ ${title(change.id, change.name)}`)}  ${fields.join(', ')}`];
}

function isFlag({ before, after }: FieldChange): boolean {
  return typeof before === 'boolean' && typeof after === 'boolean';
}

function flagText({ field, before, after }: FieldChange, colours: Console['colours']): string {
  return `${field}: ${colours.red(valueText(before))} → ${colours.green(valueText(after))}`;
}

function changeLines(change: FeatureChange, colours: Console['colours']): readonly string[] {
  const head = colours.yellow(`~ ${title(change.id, change.name)}`);
  const [only, ...more] = change.changes;
  if (only !== undefined && more.length === 0 && isShort(only)) {
    return [`${head}  ${only.field}: ${colours.red(valueText(only.before))} → ${colours.green(valueText(only.after))}`];
  }
  return [head, ...change.changes.flatMap((field) => fieldLines(field, colours))];
}

function fieldLines(field: FieldChange, colours: Console['colours']): readonly string[] {
  if (isShort(field)) {
    return [`    ${field.field}: ${colours.red(valueText(field.before))} → ${colours.green(valueText(field.after))}`];
  }
  if (isList(field.before) && isList(field.after)) return listLines(field.field, field.before, field.after, colours);
  return [
    `    ${field.field}:`,
    colours.red(`      - ${valueText(field.before)}`),
    colours.green(`      + ${valueText(field.after)}`),
  ];
}

/** Only the entries that differ. */
function listLines(
  name: string,
  before: readonly (string | number)[],
  after: readonly (string | number)[],
  colours: Console['colours'],
): readonly string[] {
  const removed = before.filter((entry) => !after.includes(entry));
  const added = after.filter((entry) => !before.includes(entry));
  if (removed.length + added.length === 0) return [`    ${name}: order changed`];
  return [
    `    ${name}:`,
    ...removed.map((entry) => colours.red(`      - ${visible(String(entry))}`)),
    ...added.map((entry) => colours.green(`      + ${visible(String(entry))}`)),
  ];
}

function title(id: number, name: string): string {
  return `${String(id).padStart(4)}  ${truncateEnd(visible(name), 70)}`;
}

function isShort({ before, after }: FieldChange): boolean {
  return !isList(before) && !isList(after) && valueText(before).length + valueText(after).length <= 60;
}

function isList(value: FieldChange['before']): value is readonly string[] | readonly number[] {
  return Array.isArray(value);
}

function valueText(value: FieldChange['before']): string {
  if (typeof value === 'string') return visible(value === '' ? '""' : value);
  return visible(JSON.stringify(value));
}

function plainLines({ added, removed, changed }: FeatureComparison): string {
  const lines = [
    ...removed.map(({ id, name }) => ['removed', String(id), JSON.stringify(name)]),
    ...added.map(({ id, name }) => ['added', String(id), JSON.stringify(name)]),
    ...changed.flatMap(({ id, changes }) =>
      changes.map(({ field, before, after }) => [
        'changed',
        String(id),
        field,
        JSON.stringify(before),
        JSON.stringify(after),
      ]),
    ),
  ];
  return lines.map((cells) => `${cells.map(visible).join('\t')}\n`).join('');
}
