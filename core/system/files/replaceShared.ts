import { basename, dirname, join } from 'node:path';
import { systemOf, type FileSystem, type Ports } from '../ports.js';
import { isToken, uniqueToken } from '../processes/uniqueToken.js';
import { PRIVATE_MODE, removeQuietly, writeNewFile } from './atomicWrite.js';

/**
 * Atomically replaces a file that other users' programs read. The temporary file in the same folder has another
 * extension, so a reader of `*.prom` ignores it. Removes what killed processes left behind.
 */
export function replaceShared(path: string, content: Uint8Array, files: FileSystem): void {
  replace(path, content, SHARED_MODE, { files, now: () => new Date() });
}

/** Like `replaceShared`, for a file of the user's state folder, which only its owner can read. */
export function replacePrivate(path: string, content: Uint8Array, ports: WritePorts): void {
  replace(path, content, PRIVATE_MODE, ports);
}

type WritePorts = Pick<Ports, 'files' | 'now' | 'system'>;

function replace(path: string, content: Uint8Array, mode: number, ports: WritePorts): void {
  const { files } = ports;
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  const temporaryPath = join(folder, `${prefix}${uniqueToken(systemOf(ports))}`);
  writeNewFile(temporaryPath, content, files);
  try {
    if (mode !== PRIVATE_MODE) files.chmodSync(temporaryPath, mode);
    files.renameSync(temporaryPath, path);
  } catch (error) {
    removeQuietly(temporaryPath, files);
    throw error;
  }
  sweepLeftovers(folder, prefix, ports);
}

/** The metrics collector that reads the file runs as another user. */
const SHARED_MODE = 0o644;

/** Writing takes milliseconds, so an older temporary file is a leftover. */
const MAX_WRITE_MS = 60_000;

function sweepLeftovers(folder: string, prefix: string, { files, now }: WritePorts): void {
  for (const name of files.readdirSync(folder)) {
    if (!name.startsWith(prefix) || !isToken(name.slice(prefix.length))) continue;
    const path = join(folder, name);
    const stats = files.lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && now().getTime() - stats.mtimeMs > MAX_WRITE_MS) removeQuietly(path, files);
  }
}
