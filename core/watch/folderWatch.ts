import { watch, type FSWatcher } from 'node:fs';
import type { Ports } from '../system/index.js';

/**
 * Watches some files of a folder by watching the folder, so no file is kept open and a recreated file is still watched.
 * Events can be lost (network shares, too many watches, sleep), so the regular checks do not rely on them.
 */
export class FolderWatch {
  #watcher: FSWatcher | undefined;
  #watched = '';

  constructor(
    private readonly onChange: () => void,
    private readonly ports: Ports,
  ) {}

  /** Watches these names in this folder from now on. A replaced folder is watched again. */
  follow(folder: string, names: ReadonlySet<string>): void {
    const watched = `${[...names].join('\0')}\0${this.#identityOf(folder)}`;
    if (watched === this.#watched) return;
    this.close();
    try {
      const watcher = watch(folder, (_event, name) => {
        // Some systems do not report the name.
        if (name === null || names.has(name)) this.onChange();
      });
      // The folder was deleted or the watch failed; the next check tries again.
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

  /** Includes the birth time, because a new folder can get the inode of a deleted one. */
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
