import { removeQuietly } from '../system/index.js';
import type { OpenStore } from '../store/index.js';
import { stageImage } from './publishBackup.js';

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
