import { BackupError } from '../system/index.js';

/** Text for the content of an XML element. Throws `configuration` for what XML cannot hold, escaped or not. */
export function xmlText(text: string): string {
  if (UNFIT.test(text)) {
    throw new BackupError(`A path for the service holds a character that its file cannot: ${JSON.stringify(text)}`, {
      code: 'configuration',
      operation: 'write the service file',
      hint: 'Install Feature Backups in a folder with an ordinary name.',
    });
  }
  return text.replace(/[&<>\r\n\t]/g, (character) => ESCAPES[character] ?? `&#${character.charCodeAt(0).toString()};`);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Control characters but tab and line ends, halves of surrogate pairs, and the two that are no characters. */
const UNFIT =
  /(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/u;
