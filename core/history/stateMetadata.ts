import { parseJson } from '../system/index.js';
import { formatMetadata, parseMetadata, type BackupMetadata } from '../store/index.js';
import { MAX_METADATA_BYTES } from './segmentFormat.js';

/** What a segment says of a state besides its image. */
export interface StateMetadata {
  /** That of the backup which the state was. */
  readonly id: string;
  readonly metadata: BackupMetadata;
}

/**
 * The id as JSON, a line feed, and the backup's `.json` in one line. What the live files looked like is left out: only the
 * newest backup is asked for that.
 */
export function metadataText(id: string, metadata: BackupMetadata): string {
  const keys: unknown = JSON.parse(formatMetadata({ ...metadata, state: undefined }));
  return `${JSON.stringify(id)}\n${JSON.stringify(keys)}`;
}

/** `first`: the text of the segment's first state, whose words the others repeat. */
export function deflateMetadata(text: string, first: string | undefined): Buffer {
  const { deflateRawSync } = process.getBuiltinModule('node:zlib');
  return deflateRawSync(Buffer.from(text), dictionaryOf(first));
}

/** Undefined where it is no metadata. */
export function inflateMetadata(deflated: Buffer, first: string | undefined): string | undefined {
  const { inflateRawSync } = process.getBuiltinModule('node:zlib');
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

/** A name that a backup may have: it stands for one, if never as a path. */
function parseId(json: string): string | undefined {
  const id = parseJson(json);
  return typeof id === 'string' && /^features_[^/\\\0]{1,240}$/s.test(id) ? id : undefined;
}
