/**
 * Escapes untrusted text for a screen: control characters, including newlines, and characters that reorder or hide
 * text. They could move the cursor or recolour a terminal.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT_ESCAPES[character] ?? numericEscape(character));
}

/** Like `visible`, but preserves line breaks and tabs. */
export function visibleLines(text: string): string {
  return text.replace(/[^\n\t]+/g, visible);
}

/** C0, DEL, C1; zero-width and direction marks; line and paragraph separators; byte order mark; lone surrogates. */
const UNSAFE =
  /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001B': '\\x1b' };

function numericEscape(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
