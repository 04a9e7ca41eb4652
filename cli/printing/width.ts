import stringWidth from 'string-width';

/** Columns of a text on a terminal, without the codes of colours. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** Printable ASCII, and the signs that our own texts use: one column each. */
const NARROW = /^[ -~…–—‘’“”·✓✗]*$/;

/** Cut to a number of columns, with an ellipsis if something was cut. */
export function cutTo(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : `${fitting(graphemesOf(text), columns - 1).join('')}…`;
}

/** The same, but cut at the front. */
export function cutFrontTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  return `…${fitting(graphemesOf(text).toReversed(), columns - 1)
    .reverse()
    .join('')}`;
}

function fitting(graphemes: readonly string[], columns: number): string[] {
  const kept: string[] = [];
  let width = 0;
  for (const grapheme of graphemes) {
    width += widthOf(grapheme);
    if (width > columns) break;
    kept.push(grapheme);
  }
  return kept;
}

/** An emoji or a letter with its marks must not be cut apart. */
function graphemesOf(text: string): readonly string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
