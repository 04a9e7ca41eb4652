import stringWidth from 'string-width';

/** The columns that a text takes on a terminal. It must not contain colour codes. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** Printable ASCII and the symbols in this program's own texts: one column each. */
const NARROW = /^[ -~…–—‘’“”·✓✗]*$/;

/** Truncates a text to a number of columns, with an ellipsis at its end. */
export function truncateEnd(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : `${fitting(graphemesOf(text), columns - 1).join('')}…`;
}

/** Like `truncateEnd`, but removes the start. */
export function truncateStart(text: string, columns: number): string {
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

/** An emoji, or a letter with combining marks, must stay in one piece. */
function graphemesOf(text: string): readonly string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
