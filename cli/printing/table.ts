import type { Console } from '../console.js';
import type { Colours } from './colours.js';
import { widthOf } from './width.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Colours a padded cell. */
  readonly paint?: (cell: string) => string;
}

/** Prints a table on a terminal, tab-separated lines elsewhere. `plain`: the rows for a program, if they differ. */
export function printTable(
  { json, isTerminal, colours, print }: Console,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  plain = rows,
): void {
  if (json || rows.length === 0) return;
  print(isTerminal ? table(columns, rows, colours) : tabSeparated(plain));
}

/** A table for a terminal. Columns without any content are left out. Cells are already escaped. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], colours: Colours): string {
  const used = columns.map((_, index) => rows.some((row) => (row[index] ?? '') !== ''));
  const widths = columns.map(({ title }, index) =>
    // Spreading a hundred thousand rows into Math.max would overflow the stack.
    rows.reduce((width, row) => Math.max(width, widthOf(row[index] ?? '')), widthOf(title)),
  );
  const line = (cells: readonly string[], isHeader: boolean): string =>
    columns
      .map(({ align, paint }, index) => {
        const isLast = index === columns.length - 1 && align !== 'right';
        const cell = pad(cells[index] ?? '', isLast ? 0 : (widths[index] ?? 0), align ?? 'left');
        return isHeader || paint === undefined ? cell : paint(cell);
      })
      .filter((_, index) => used[index])
      .join('  ')
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  const header = colours.dim(line(titles, true));
  return [header, ...rows.map((row) => line(row, false))].join('\n') + '\n';
}

/** The rows for a program: one line each, no header. */
export function tabSeparated(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.join('\t')}\n`).join('');
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + blanks : blanks + text;
}
