/**
 * Text from a database, a file, a file name or a program, made fit for a screen: control characters (they could move the
 * cursor or recolour a terminal) and those that reorder or hide text are shown as escapes, newlines included.
 */
export function visible(text: string): string {
  return text.replace(UNFIT, (character) => SHORT[character] ?? longEscape(character));
}

/** The same for text of several lines whose line ends are meant, and tabs, with which files are indented. */
export function visibleLines(text: string): string {
  return text.replace(/[^\n\t]+/g, visible);
}

/** C0, DEL, C1; zero-width and direction marks; line and paragraph separators; byte order mark; lone surrogates. */
const UNFIT =
  /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001B': '\\x1b' };

function longEscape(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
