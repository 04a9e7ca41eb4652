import { sha256Of } from '../system/index.js';
import type { ServiceFileState } from './serviceSpec.js';

// A service file ends with a mark, a comment that contains a hash of the rest. A file that was edited by hand is
// therefore recognized, and neither overwritten nor deleted without confirmation.

/** Appends the mark as the last line. */
export function withMark(content: Buffer): Buffer {
  const { before, after } = commentOf(content);
  const mark = `${before} ${MARK} ${sha256Of(content)} ${after}`.trimEnd();
  return Buffer.concat([content, encode(`${mark}${lineEndOf(content)}`, content)]);
}

export function fileState(found: Buffer | undefined, expected: Buffer): ServiceFileState {
  if (found === undefined) return 'absent';
  if (found.equals(withMark(expected))) return 'current';
  const text = decode(found);
  const at = text.lastIndexOf(` ${MARK} `);
  if (at === -1) return 'foreign';
  const lineStart = text.lastIndexOf('\n', at) + 1;
  const content = encode(text.slice(0, lineStart), found);
  return found.equals(withMark(content)) ? 'outdated' : 'changed';
}

const MARK = 'Written by "feature-backups service install". Mark:';
const BYTE_ORDER_MARK = '\uFEFF';

/** The Task Scheduler requires UTF-16. */
export function encodeUtf16(text: string): Buffer {
  return Buffer.from(BYTE_ORDER_MARK + text, 'utf16le');
}

function isUtf16(content: Buffer): boolean {
  return content[0] === 0xff && content[1] === 0xfe;
}

function decode(content: Buffer): string {
  return content.toString(isUtf16(content) ? 'utf16le' : 'utf8');
}

/** In the encoding of `like`. A byte order mark is part of the text. */
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
