import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { asBackupError, BackupError, withScratchFolder, writeNewFile, type Ports } from '../system/index.js';
import { isRemote } from '../project/index.js';
import { parseListing, type RcloneEntry } from './rcloneListing.js';
import { findRclone, targetFailed, type Rclone } from './rclone.js';
import { type ListedFile, type NewFile, type Target, type TargetFolder } from './target.js';

/**
 * A configured rclone remote, with an optional path: `gdrive:backups`. For `scratchPath`, see `openTarget`. Throws
 * `configuration` for an invalid remote, and `rclone-missing`.
 */
export function rcloneTarget(name: string, remote: string, scratchPath: string | undefined, ports: Ports): Target {
  assertRemote(remote);
  const rclone = findRclone(remote, ports);
  return {
    name,
    place: remote,
    folders: async () => (await list(rclone, remote, ['--dirs-only', '--no-modtime'])).map((entry) => entry.name),
    folder: (folderName) => new RcloneFolder(rclone, folderAt(remote, folderName), scratchPath, ports),
  };
}

function assertRemote(remote: string): void {
  if (isRemote(remote)) return;
  throw new BackupError(
    'Invalid rclone remote: it must be the name of a configured remote, a colon, and an optional path',
    {
      code: 'configuration',
      operation: 'open the target',
      hint: 'Set up the remote with rclone config, and write it like gdrive:backups.',
    },
  );
}

function folderAt(remote: string, name: string): string {
  return /[:/]$/.test(remote) ? remote + name : `${remote}/${name}`;
}

class RcloneFolder implements TargetFolder {
  readonly place: string;
  readonly #rclone: Rclone;
  readonly #scratchPath: string | undefined;
  readonly #ports: Ports;

  constructor(rclone: Rclone, place: string, scratchPath: string | undefined, ports: Ports) {
    this.#rclone = rclone;
    this.place = place;
    this.#scratchPath = scratchPath;
    this.#ports = ports;
  }

  async list(): Promise<readonly ListedFile[]> {
    return await list(this.#rclone, this.place, ['--files-only']);
  }

  async put(files: readonly NewFile[]): Promise<void> {
    if (files.length === 0) return;
    await this.#withScratch(async (folder) => {
      for (const { name, content } of files) writeNewFile(join(folder, name), content, this.#ports.files);
      // Sent even if rclone considers it unchanged: an existing file with this name is outdated or damaged.
      const args = ['copy', folder, this.place, '--files-from-raw=-', '--no-traverse', '--ignore-times'];
      const { code, stderr } = await this.#rclone(args, linesOf(files.map(({ name }) => name)));
      if (code !== 0) throw targetFailed(this.place, 'write the copies', stderr);
    });
    await this.#verify(files);
  }

  async read(names: readonly string[], maxBytes: number): Promise<ReadonlyMap<string, Buffer>> {
    const contents = new Map<string, Buffer>();
    if (names.length === 0) return contents;
    await this.#withScratch(async (folder) => {
      // The caller verifies checksums recorded by this program; the target's own may be wrong too.
      const args = ['copy', this.place, folder, '--files-from-raw=-', '--no-traverse', '--ignore-checksum'];
      const limit = [`--max-transfer=${maxBytes.toString()}b`, '--cutoff-mode=hard'];
      const { code, stderr } = await this.#rclone([...args, ...limit], linesOf(names));
      if (code !== 0) throw targetFailed(this.place, 'read the copies', stderr);
      for (const name of names) {
        const path = join(folder, name);
        const stats = this.#ports.files.lstatSync(path, { throwIfNoEntry: false });
        if (stats?.isFile() === true) contents.set(name, this.#ports.files.readFileSync(path));
      }
    });
    return contents;
  }

  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const { code, stderr } = await this.#rclone(['delete', this.place, '--files-from-raw=-'], linesOf(names));
    if (code !== 0 && code !== FOLDER_MISSING) throw targetFailed(this.place, 'remove old copies', stderr);
  }

  /** Verifies uploaded files by the remote's own checksums, or by reading them back if it has none. */
  async #verify(files: readonly NewFile[]): Promise<void> {
    const args = ['--files-only', '--hash', '--files-from-raw=-', '--no-modtime'];
    const listed = await list(this.#rclone, this.place, args, linesOf(files.map(({ name }) => name)));
    const entries = new Map(listed.map((entry) => [entry.name, entry]));
    const unverified: NewFile[] = [];
    for (const file of files) {
      const entry = entries.get(file.name);
      if (entry?.sizeBytes !== file.content.length) throw this.#differsAfterSending(file.name);
      const proof = hashesMatch(entry, file.content);
      if (proof === false) throw this.#differsAfterSending(file.name);
      if (proof === undefined) unverified.push(file);
    }
    const sizeBytes = unverified.reduce((sum, { content }) => sum + content.length, 0);
    const contents = await this.read(
      unverified.map(({ name }) => name),
      sizeBytes + SLACK_BYTES,
    );
    for (const { name, content } of unverified) {
      if (contents.get(name)?.equals(content) !== true) throw this.#differsAfterSending(name);
    }
  }

  async #withScratch(work: (folder: string) => Promise<void>): Promise<void> {
    const place = { purpose: 'copies', parent: this.#scratchPath } as const;
    await withScratchFolder(place, this.#ports, async (folder) => {
      try {
        await work(folder);
      } catch (error) {
        throw asBackupError(error, 'use temporary files for the target', folder);
      }
    });
  }

  #differsAfterSending(name: string): BackupError {
    return new BackupError(`${name} at ${this.place} differs from the data sent to it`, {
      code: 'target-failed',
      operation: 'verify the copies',
      hint: 'The next sync sends it again. If this repeats, the target does not store data correctly.',
    });
  }
}

/** rclone's exit code for a folder that does not exist. */
const FOLDER_MISSING = 3;

/** A margin, because rclone also counts some overhead. */
const SLACK_BYTES = 64 * 1024;

async function list(
  rclone: Rclone,
  place: string,
  args: readonly string[],
  input?: string,
): Promise<readonly RcloneEntry[]> {
  const { code, stdout, stderr } = await rclone(['lsjson', place, '--no-mimetype', ...args], input);
  if (code === FOLDER_MISSING) return [];
  if (code !== 0) throw targetFailed(place, 'list the copies', stderr);
  return parseListing(stdout.toString('utf8')) ?? unreadable(place);
}

function unreadable(place: string): never {
  throw targetFailed(place, 'list the copies', 'rclone’s listing cannot be read');
}

/** Undefined if no checksum can be compared. */
function hashesMatch({ hashes }: RcloneEntry, content: Buffer): boolean | undefined {
  const known = COMPARED_ALGORITHMS.filter((algorithm) => hashes[algorithm] !== undefined);
  if (known.length === 0) return undefined;
  return known.every((algorithm) => createHash(algorithm).update(content).digest('hex') === hashes[algorithm]);
}

const COMPARED_ALGORITHMS = ['sha256', 'sha1', 'md5'] as const;

function linesOf(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join('');
}
