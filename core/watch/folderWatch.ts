import { watch, type FSWatcher } from 'node:fs';
import type { Ports } from '../system/index.js';

/**
 * The system's notices about some files of a folder. The folder is watched and not the files, so that none of them is
 * held open, and a file that is deleted and made again is still watched. Notices can be missing (network shares, too
 * many watches, a system that slept): they only make things faster, and a regular look does not rely on them.
 */
export class FolderWatch {
  #watcher: FSWatcher | undefined;
  #watched = '';

  constructor(
    private readonly onChange: () => void,
    private readonly ports: Ports,
  ) {}

  /** Watches these names in this folder from now on; a folder that was replaced by another is watched anew. */
  follow(folder: string, names: ReadonlySet<string>): void {
    const watched = `${[...names].join('\0')}\0${this.#identityOf(folder)}`;
    if (watched === this.#watched) return;
    this.close();
    try {
      const watcher = watch(folder, (_event, name) => {
        // Some systems do not tell the name.
        if (name === null || names.has(name)) this.onChange();
      });
      // The folder is gone, or the system gives up on it: the next look tries again.
      watcher.on('error', () => this.close());
      this.#watcher = watcher;
      this.#watched = watched;
    } catch {
      this.close();
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = '';
  }

  /** With its time of birth, for a new folder may get the number of the one that was deleted. */
  #identityOf(folder: string): string {
    const { files } = this.ports;
    try {
      const stats = files.statSync(folder, { throwIfNoEntry: false, bigint: true });
      return stats === undefined ? '' : [folder, stats.dev, stats.ino, stats.birthtimeNs].map(String).join('\0');
    } catch {
      return '';
    }
  }
}
