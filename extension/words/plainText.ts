/** One line in which control and direction-changing characters are visible escapes. */
export function plainLine(text: string): string {
  return text.replace(UNSAFE, escape);
}

/** The lines of a text, each as by `plainLine`. */
export function plainLines(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).map(plainLine);
}

/** Text for a Markdown string, with all its markup escaped. */
export function markdownText(text: string): string {
  return plainLine(text).replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, '\\$&');
}

// Control characters, line and paragraph separators, and characters that change the text direction.
const UNSAFE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escape(character: string): string {
  return character === '\t' ? ' ' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
