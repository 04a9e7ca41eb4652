import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '../ports.js';
import { isToken, uniqueToken } from '../processes/uniqueToken.js';
import { removeQuietly, writeNewFile } from './atomicWrite.js';

/**
 * Atomically replaces a file that other users' programs read. The name of the temporary file in the same folder has
 * another ending, so a reader of `*.prom` ignores it. Leftovers of killed runs are removed.
 */
export function replaceShared(path: string, content: Uint8Array, files: FileSystem): void {
  const folder = dirname(path);
  const start = `.${basename(path)}.`;
  const temporaryPath = join(folder, `${start}${uniqueToken()}`);
  writeNewFile(temporaryPath, content, files);
  try {
    files.chmodSync(temporaryPath, SHARED_MODE);
    files.renameSync(temporaryPath, path);
  } catch (error) {
    removeQuietly(temporaryPath, files);
    throw error;
  }
  sweep(folder, start, files);
}

/** The collector runs as another user. */
const SHARED_MODE = 0o644;

/** Writing takes milliseconds. */
const LEFT_BEHIND_MS = 60_000;

function sweep(folder: string, start: string, files: FileSystem): void {
  for (const name of files.readdirSync(folder)) {
    if (!name.startsWith(start) || !isToken(name.slice(start.length))) continue;
    const path = join(folder, name);
    const stats = files.lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > LEFT_BEHIND_MS) removeQuietly(path, files);
  }
}
