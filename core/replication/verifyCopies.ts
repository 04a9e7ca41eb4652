import { BackupError, sha256Of } from '../system/index.js';
import { MAX_IMAGE_BYTES } from '../store/index.js';
import { copyDamaged, unpackCopy } from './copyMetadata.js';
import type { Copy } from './readTarget.js';
import { imageName } from './targetNames.js';
import type { TargetFolder } from './target.js';

/** Ids of backups. */
export interface VerifiedCopies {
  readonly sound: readonly string[];
  readonly damaged: readonly string[];
}

/** Reads copies back one by one and verifies the checksum of each database. */
export async function verifyCopies(
  folder: TargetFolder,
  copies: readonly Copy[],
  onProgress: (step: string, fraction: number) => void,
): Promise<VerifiedCopies> {
  const sound: string[] = [];
  const damaged: string[] = [];
  for (const [index, copy] of copies.entries()) {
    const { id } = copy.backup;
    onProgress(`verifying ${id}`, index / copies.length);
    try {
      await readCopy(folder, copy);
      sound.push(id);
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'backup-damaged') throw error;
      damaged.push(id);
    }
  }
  return { sound, damaged };
}

/** The database in a copy. Throws `backup-damaged` if it differs from the original. */
export async function readCopy(folder: TargetFolder, { backup, copy }: Copy): Promise<Buffer> {
  const name = imageName(backup.id);
  if (copy.stored.sizeBytes > MAX_IMAGE_BYTES)
    throw copyDamaged(backup.id, folder.place, 'it is larger than any backup');
  const content = (await folder.read([name], copy.stored.sizeBytes + SLACK_BYTES)).get(name);
  if (content === undefined) throw copyDamaged(backup.id, folder.place, 'its image is missing');
  if (sha256Of(content) !== copy.stored.sha256) {
    throw copyDamaged(backup.id, folder.place, 'it differs from the data sent');
  }
  return await unpackCopy(backup.id, content, copy, folder.place);
}

/** A margin, because rclone also counts some overhead. */
const SLACK_BYTES = 64 * 1024;
