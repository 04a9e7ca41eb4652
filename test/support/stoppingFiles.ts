import nodeFileSystem from 'node:fs';
import type { FileSystem } from '../../core/system/ports.js';

export interface Stop {
  /** The first file system change, counted from 1, that does not happen. */
  readonly at: number;
  /**
   * `kill`: the process dies there. `half`: it dies after half of a write. `dead`: nothing changes from then on, as if it had
   * died, but it continues. Otherwise a system error's code, such as EIO.
   */
  readonly how: 'kill' | 'half' | 'dead' | 'EIO' | 'ENOSPC';
  /** The error persists, as on a full disk, instead of happening once. */
  readonly lasting?: boolean;
}

export interface CountedFiles {
  readonly files: FileSystem;
  /** The changes so far, by name. */
  readonly calls: string[];
}

const CHANGES = [
  'writeSync',
  'fsyncSync',
  'fsync',
  'mkdirSync',
  'linkSync',
  'renameSync',
  'unlinkSync',
  'rmdirSync',
  'chmodSync',
  'fchmodSync',
  'fchownSync',
  'utimesSync',
  'ftruncateSync',
] as const;

/** The real file system, which counts its changes and stops at one of them. */
export function stoppingFiles(stop?: Stop): CountedFiles {
  const calls: string[] = [];
  const change = (name: string, target: unknown, half?: () => void): void => {
    calls.push(`${name} ${String(target)}`);
    if (stop === undefined || calls.length < stop.at) return;
    if (calls.length > stop.at && stop.lasting !== true && stop.how !== 'dead') return;
    if (stop.how === 'half' || (stop.how === 'dead' && calls.length === stop.at)) half?.();
    if (stop.how === 'kill' || stop.how === 'half') process.kill(process.pid, 'SIGKILL');
    throw Object.assign(new Error(`${stop.how}: injected, ${name}`), { code: stop.how, syscall: name });
  };
  const files = { ...nodeFileSystem };
  const real = nodeFileSystem as unknown as Record<string, (...args: unknown[]) => unknown>;
  const own = files as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of CHANGES) {
    const original = real[name];
    if (original === undefined) throw new Error(`There is no ${name}`);
    own[name] = (...args) => {
      change(name, args[name === 'renameSync' || name === 'linkSync' ? 1 : 0], () => {
        if (name === 'writeSync') original(args[0], args[1], args[2], Math.ceil(Number(args[3]) / 2), args[4]);
      });
      return original(...args);
    };
  }
  own.openSync = (...args) => {
    if (typeof args[1] === 'string' && args[1] !== 'r') change('openSync', args[0]);
    return (real.openSync as (...all: unknown[]) => unknown)(...args);
  };
  return { files, calls };
}
