import { parseJson, asRecord } from '../system/index.js';
import type { ListedFile } from './target.js';

/** One entry of `rclone lsjson`. */
export interface RcloneEntry extends ListedFile {
  /** By algorithm, such as `sha256`; lower-case hex. */
  readonly hashes: Readonly<Record<string, string | undefined>>;
}

/** Undefined if it is not a listing; invalid entries are omitted. */
export function parseListing(text: string): readonly RcloneEntry[] | undefined {
  const list = parseJson(text);
  return Array.isArray(list) ? list.map(parseEntry).filter((entry) => entry !== undefined) : undefined;
}

function parseEntry(value: unknown): RcloneEntry | undefined {
  const entry = asRecord(value);
  const { Name: name, Size: size, ModTime: time } = entry;
  if (typeof name !== 'string' || typeof size !== 'number') return undefined;
  const modifiedAt = typeof time === 'string' ? new Date(time) : undefined;
  const isTime = modifiedAt !== undefined && !Number.isNaN(modifiedAt.getTime());
  return { name, sizeBytes: size, modifiedAt: isTime ? modifiedAt : undefined, hashes: hashesIn(entry.Hashes) };
}

/** Older versions write `SHA-1`, newer ones `sha1`. */
function hashesIn(value: unknown): RcloneEntry['hashes'] {
  return Object.fromEntries(
    Object.entries(asRecord(value)).flatMap(([algorithm, hash]) =>
      typeof hash === 'string' && hash !== ''
        ? [[algorithm.toLowerCase().replaceAll('-', ''), hash.toLowerCase()]]
        : [],
    ),
  );
}
