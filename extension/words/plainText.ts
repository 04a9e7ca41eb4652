/** One line that can be shown anywhere: control and direction-changing characters become visible escapes. */
export function plainLine(text: string): string {
  return text.replace(UNSAFE, escape);
}

/** The lines of a longer text, each safe to show. */
export function plainLines(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).map(plainLine);
}

/** Text for a Markdown string, where nothing in it means anything. */
export function markdownText(text: string): string {
  return plainLine(text).replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, '\\$&');
}

// Control characters, line and paragraph separators, and those that reorder what stands around them.
const UNSAFE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escape(character: string): string {
  return character === '\t' ? ' ' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
