import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '../ports.js';
import { isToken, uniqueToken } from '../processes/uniqueToken.js';
import { removeQuietly, writeNewFile } from './atomicWrite.js';

/**
 * Replaces a file that other users' programs read: at every instant its name leads to the whole old or the whole new
 * content. Through a temporary file in the same folder, whose name ends otherwise, so that who reads `*.prom` passes over
 * it; those of runs that died are removed.
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

/** Who collects it runs as somebody else. */
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
