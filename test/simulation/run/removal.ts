import type { Disk } from '../disk/disk.js';

/** Another process deletes a folder while the engine works: one name at a step, as `rm -rf` does. */
export class Removal {
  /** Children before their folders. */
  readonly #paths: string[];

  constructor(
    private readonly disk: Disk,
    path: string,
  ) {
    this.#paths = [...pathsBelow(disk, path)];
  }

  /** A folder with new files stays. */
  step(): void {
    const path = this.#paths.shift();
    const node = path === undefined ? undefined : this.disk.find(path);
    if (path === undefined || node === undefined) return;
    if (node.kind === 'file') this.disk.unlink(path);
    else if (node.names.size === 0) this.disk.removeFolder(path);
  }

  finish(): void {
    while (this.#paths.length > 0) this.step();
  }
}

function* pathsBelow(disk: Disk, path: string): Generator<string> {
  const node = disk.find(path);
  if (node === undefined) return;
  if (node.kind === 'folder') for (const name of node.names.keys()) yield* pathsBelow(disk, `${path}/${name}`);
  yield path;
}
