import { asBackupError, removeQuietly, systemOf, uniqueToken, writeNewFileInBackground } from '../system/index.js';
import { temporaryPath, type OpenStore } from '../store/index.js';

/** An image on its way to the disk while it is not yet known whether it becomes a backup. */
export class Staging {
  #path: Promise<string> | undefined;

  constructor(private readonly store: OpenStore) {}

  /** Writes the image; it is synced in the background. What goes wrong is told by `take`. */
  begin(image: Buffer): void {
    this.#path = stageImage(this.store, image);
    // Told later, and until then no unhandled rejection.
    this.#path.catch(() => undefined);
  }

  /** The path of the image, once it is synced; it is the caller's from then on. Throws BackupError: `disk-full` … */
  async take(): Promise<string> {
    const path = this.#path;
    if (path === undefined) throw new Error('An image that becomes a backup was news before');
    this.#path = undefined;
    return await path;
  }

  /** Removes what nobody took. */
  async discard(): Promise<void> {
    const path = await this.#path?.catch(() => undefined);
    this.#path = undefined;
    if (path !== undefined) removeQuietly(path, this.store.ports.files);
  }
}

/**
 * Writes an image under a temporary name, and syncs it: nothing gets a backup's name before it is on the disk. It is
 * written when this returns; the promise is for its path, once it is synced.
 */
export async function stageImage(store: OpenStore, image: Uint8Array): Promise<string> {
  const { ports, lock } = store;
  const path = temporaryPath(store.project.storePath, uniqueToken(systemOf(ports)), '.db');
  try {
    await writeNewFileInBackground(path, image, ports.files, {
      onChunk: (doneBytes) => {
        lock.assertHeld();
        ports.onProgress?.('write the backup', doneBytes / image.length);
      },
    });
    return path;
  } catch (error) {
    throw asBackupError(error, 'write the backup', store.project.storePath);
  }
}
