import type { Measured } from './measure.js';

/** A Markdown table of medians and of their ratio to one of them. */
export function printRatios(title: string, measured: readonly Measured[], base: string): void {
  const baseMs = measured.find(({ name }) => name === base)?.medianMs ?? Number.NaN;
  const rows = measured.map(({ name, medianMs }) => [
    name,
    milliseconds(medianMs),
    `${(medianMs / baseMs).toFixed(2)} x`,
  ]);
  printTable(title, ['what', 'median', `against ${base}`], rows);
}

export function printTable(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  console.log([`\n### ${title}\n`, line(heads), rule, ...rows.map(line)].join('\n'));
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)} ms`;
}
