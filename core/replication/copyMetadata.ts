import { gunzip } from 'node:zlib';
import { BackupError, asRecord, outputUpTo, sha256Of } from '../system/index.js';
import {
  formatMetadata,
  MAX_METADATA_BYTES,
  metadataFromListing,
  parseMetadata,
  MAX_IMAGE_BYTES,
  type Backup,
  type BackupMetadata,
} from '../store/index.js';

/** The compressed image at a target. */
export interface StoredImage {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The metadata of a copy at a target. */
export interface CopyMetadata {
  readonly metadata: BackupMetadata & { readonly sha256: string; readonly backupSizeBytes: number };
  readonly stored: StoredImage;
  readonly text: string;
}

/** Metadata at a target has this key in addition to those in the store. */
const STORED_KEY = 'stored';

/** `image`: the checksum and size of the uncompressed database. */
export function describeCopy(
  backup: Backup,
  image: { readonly sha256: string; readonly sizeBytes: number },
  stored: StoredImage,
): CopyMetadata {
  const metadata = {
    ...(backup.metadata ?? metadataFromListing(backup)),
    sha256: image.sha256,
    backupSizeBytes: image.sizeBytes,
    // The fingerprint of the live files is only valid on this machine.
    state: undefined,
  };
  const unknown = { ...metadata.unknown, [STORED_KEY]: { size: stored.sizeBytes, sha256: stored.sha256 } };
  return { metadata, stored, text: formatMetadata({ ...metadata, unknown }) };
}

/** Undefined if the content is incomplete or was written by another program. */
export function parseCopyMetadata(content: Buffer): CopyMetadata | undefined {
  if (content.length > MAX_METADATA_BYTES) return undefined;
  const text = content.toString('utf8');
  const metadata = parseMetadata(text);
  if (metadata?.sha256 === undefined || metadata.backupSizeBytes === undefined) return undefined;
  const { [STORED_KEY]: storedValue, ...unknown } = metadata.unknown;
  const stored = parseStored(storedValue);
  if (stored === undefined) return undefined;
  const { sha256, backupSizeBytes } = metadata;
  return { metadata: { ...metadata, sha256, backupSizeBytes, state: undefined, unknown }, stored, text };
}

function parseStored(value: unknown): StoredImage | undefined {
  const { size, sha256 } = asRecord(value);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size <= 0) return undefined;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  return { sizeBytes: size, sha256 };
}

/** The database in a copy, checked against its metadata. Throws `backup-damaged`. */
export async function unpackCopy(id: string, content: Buffer, copy: CopyMetadata, place: string): Promise<Buffer> {
  const { sha256, backupSizeBytes } = copy.metadata;
  const image = await new Promise<Buffer>((resolve, reject) => {
    // A small file that decompresses to more than its metadata states is hostile.
    gunzip(content, outputUpTo(Math.min(backupSizeBytes, MAX_IMAGE_BYTES)), (error, unpacked) => {
      if (error === null) resolve(unpacked);
      else reject(copyDamaged(id, place, 'it cannot be decompressed', error));
    });
  });
  if (image.length === backupSizeBytes && sha256Of(image) === sha256) return image;
  throw copyDamaged(id, place, 'its content does not match its metadata');
}

export function copyDamaged(id: string, place: string, why: string, cause?: unknown): BackupError {
  return new BackupError(`The copy of ${id} at ${place} is damaged: ${why}`, {
    code: 'backup-damaged',
    operation: 'read the copy',
    hint: 'Choose another backup. Run feature-backups replicate --verify to see which copies are intact.',
    cause,
  });
}
