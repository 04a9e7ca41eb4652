import nodeFileSystem from 'node:fs';
import type { FileSystem } from '../../core/system/ports.js';

/** The real file system, but each call transfers at most this many bytes, as network and FUSE file systems may. */
export function shortTransfers(maxBytes: number): FileSystem {
  type Transfer = (descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => number;
  const shortened =
    (transfer: Transfer): Transfer =>
    (descriptor, bytes, offset, length, position) =>
      transfer(descriptor, bytes, offset, Math.min(length, maxBytes), position);
  return {
    ...nodeFileSystem,
    readSync: shortened(nodeFileSystem.readSync) as FileSystem['readSync'],
    writeSync: shortened(nodeFileSystem.writeSync) as FileSystem['writeSync'],
  };
}
