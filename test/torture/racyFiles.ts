import nodeFileSystem from 'node:fs';
import type { FileSystem } from '../../core/system/ports.js';
import type { SeededChoice } from './seededChoice.js';

/**
 * The real file system with wider race windows: it sometimes sleeps before a call, and reads large amounts in chunks
 * with a sleep in between. Writers then change files at moments that are rare on a fast machine.
 */
export function racyFiles(choice: SeededChoice): FileSystem {
  const maybeSleep = (probability: number): void => {
    if (choice.next() < probability) sleep(choice.next() * 3);
  };
  return {
    ...nodeFileSystem,
    openSync: (...args) => {
      maybeSleep(0.04);
      return nodeFileSystem.openSync(...args);
    },
    statSync: new Proxy(nodeFileSystem.statSync, {
      apply: (target, _this, args: Parameters<typeof nodeFileSystem.statSync>) => {
        maybeSleep(0.04);
        return target(...args);
      },
    }),
    readSync: (descriptor: number, buffer: NodeJS.ArrayBufferView, ...rest: unknown[]) => {
      const [offset, length, position] = rest as [number, number, number];
      maybeSleep(length > 4096 ? 0.3 : 0.04);
      // Short reads are allowed; the caller reads again.
      const piece = length > 4096 ? Math.ceil(length / choice.between(1, 4)) : length;
      return nodeFileSystem.readSync(descriptor, buffer, offset, piece, position);
    },
  };
}

const sleepingCell = new Int32Array(new SharedArrayBuffer(4));

function sleep(durationMs: number): void {
  Atomics.wait(sleepingCell, 0, 0, durationMs);
}
