import { visible } from '../../core/system/index.js';

/** One line in which control and direction-changing characters are visible escapes. */
export function plainLine(text: string): string {
  return visible(text.replaceAll('\t', ' '));
}

/** The lines of a text, each processed by `plainLine`. */
export function plainLines(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).map(plainLine);
}

/** Text for a Markdown string, with all its markup escaped. */
export function markdownText(text: string): string {
  return plainLine(text).replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, '\\$&');
}
