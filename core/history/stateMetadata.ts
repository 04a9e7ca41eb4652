import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { parseJson } from '../system/index.js';
import { formatMetadata, parseMetadata, type BackupMetadata } from '../store/index.js';
import { MAX_METADATA_BYTES } from './segmentFormat.js';

/** The data that a segment records about a state besides its image. */
export interface StateMetadata {
  /** The id of the archived backup. */
  readonly id: string;
  readonly metadata: BackupMetadata;
}

/**
 * The id as JSON, a line feed, and the backup's `.json` in one line. Omits the fingerprint of the live files, which
 * only the newest backup needs.
 */
export function metadataText(id: string, metadata: BackupMetadata): string {
  const keys: unknown = JSON.parse(formatMetadata({ ...metadata, state: undefined }));
  return `${JSON.stringify(id)}\n${JSON.stringify(keys)}`;
}

/** `first`: the metadata text of the segment's first state, used as the dictionary for the others. */
export function deflateMetadata(text: string, first: string | undefined): Buffer {
  return deflateRawSync(Buffer.from(text), dictionaryOf(first));
}

/** Undefined if it is invalid. */
export function inflateMetadata(deflated: Buffer, first: string | undefined): string | undefined {
  try {
    return inflateRawSync(deflated, { ...dictionaryOf(first), maxOutputLength: MAX_METADATA_BYTES }).toString('utf8');
  } catch {
    return undefined;
  }
}

function dictionaryOf(first: string | undefined): { readonly dictionary?: Buffer } {
  return first === undefined ? {} : { dictionary: Buffer.from(first) };
}

export function parseStateMetadata(
  text: string,
  parse: (json: string) => BackupMetadata | undefined = parseMetadata,
): StateMetadata | undefined {
  const end = text.indexOf('\n');
  const id = parseId(text.slice(0, Math.max(end, 0)));
  const metadata = parse(text.slice(end + 1));
  return id === undefined || metadata === undefined ? undefined : { id, metadata };
}

/** Only a valid backup name; it is never used as a path. */
function parseId(json: string): string | undefined {
  const id = parseJson(json);
  return typeof id === 'string' && /^features_[^/\\\0]{1,240}$/s.test(id) ? id : undefined;
}
