import { sha256Of } from '../system/index.js';
import type { ServiceFileState } from './serviceSpec.js';

// A service file of ours bears a mark in a comment: a hash of all the rest. So a file that somebody has edited by hand is
// known as such, and neither overwritten nor deleted without his word.

/** Sets the mark: as the last line, where every format here takes a comment. */
export function marked(content: Buffer): Buffer {
  const { before, after } = commentOf(content);
  const mark = `${before} ${MARK} ${sha256Of(content)} ${after}`.trimEnd();
  return Buffer.concat([content, encode(`${mark}${lineEndOf(content)}`, content)]);
}

/** What the file that was found is, by what would be written now. */
export function stateOf(found: Buffer | undefined, wanted: Buffer): ServiceFileState {
  if (found === undefined) return 'absent';
  if (found.equals(marked(wanted))) return 'current';
  const text = decode(found);
  const at = text.lastIndexOf(` ${MARK} `);
  if (at === -1) return 'foreign';
  const lineStart = text.lastIndexOf('\n', at) + 1;
  const content = encode(text.slice(0, lineStart), found);
  return found.equals(marked(content)) ? 'outdated' : 'changed';
}

const MARK = 'Written by "feature-backups service install". Mark:';
const BYTE_ORDER_MARK = '\uFEFF';

/** Windows wants its task in UTF-16. */
export function utf16(text: string): Buffer {
  return Buffer.from(BYTE_ORDER_MARK + text, 'utf16le');
}

function isUtf16(content: Buffer): boolean {
  return content[0] === 0xff && content[1] === 0xfe;
}

function decode(content: Buffer): string {
  return content.toString(isUtf16(content) ? 'utf16le' : 'utf8');
}

/** In the encoding of a file; its byte order mark, if it has one, is part of the text. */
function encode(text: string, like: Buffer): Buffer {
  return Buffer.from(text, isUtf16(like) ? 'utf16le' : 'utf8');
}

function lineEndOf(content: Buffer): string {
  return isUtf16(content) ? '\r\n' : '\n';
}

function commentOf(content: Buffer): { readonly before: string; readonly after: string } {
  const isXml = decode(content).replace(BYTE_ORDER_MARK, '').startsWith('<?xml');
  return isXml ? { before: '<!--', after: '-->' } : { before: '#', after: '' };
}
