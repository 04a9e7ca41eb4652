import { visible } from '../../core/system/index.js';

/** One line that can be shown anywhere. A tab is a space there: nothing in the editor's own views is indented. */
export function plainLine(text: string): string {
  return visible(text.replaceAll('\t', ' '));
}

/** The lines of a longer text, each safe to show. */
export function plainLines(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).map(plainLine);
}

/** Text for a Markdown string, where nothing in it means anything. */
export function markdownText(text: string): string {
  return plainLine(text).replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, '\\$&');
}
