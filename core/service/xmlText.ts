import { BackupError } from '../system/index.js';

/** Escapes text for XML. Throws `configuration` for a character that XML cannot contain. */
export function xmlText(text: string): string {
  if (FORBIDDEN.test(text)) {
    throw new BackupError(`A path contains a character that the service file cannot contain: ${JSON.stringify(text)}`, {
      code: 'configuration',
      operation: 'write the service file',
      hint: 'Install Feature Backups in a folder whose path does not contain it.',
    });
  }
  return text.replace(/[&<>\r\n\t]/g, (character) => ESCAPES[character] ?? `&#${character.charCodeAt(0).toString()};`);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Control characters except tab and line breaks, unpaired surrogates, and the two noncharacters. */
const FORBIDDEN =
  /(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/u;
