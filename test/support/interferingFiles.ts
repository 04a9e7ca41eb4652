import nodeFileSystem from 'node:fs';
import type { FileSystem } from '../../core/system/ports.js';

export interface FileCall {
  readonly name: 'open' | 'read' | 'stat';
  /** The file's path. */
  readonly path: string;
  /** The number of calls of this name on this path, including this one. */
  readonly turn: number;
}

/** The real file system; `before` is called before each open, read and stat, and may change files or throw. */
export function interferingFiles(before: (call: FileCall) => void): FileSystem {
  const turns = new Map<string, number>();
  const paths = new Map<number, string>();
  const notify = (name: FileCall['name'], path: string): void => {
    const turn = (turns.get(`${name} ${path}`) ?? 0) + 1;
    turns.set(`${name} ${path}`, turn);
    before({ name, path, turn });
  };
  return {
    ...nodeFileSystem,
    openSync: (path, ...rest) => {
      notify('open', String(path));
      const descriptor = nodeFileSystem.openSync(path, ...rest);
      paths.set(descriptor, String(path));
      return descriptor;
    },
    readSync: (descriptor: number, buffer: NodeJS.ArrayBufferView, ...rest: unknown[]) => {
      notify('read', paths.get(descriptor) ?? '');
      const [offset, length, position] = rest as [number, number, number];
      return nodeFileSystem.readSync(descriptor, buffer, offset, length, position);
    },
    statSync: new Proxy(nodeFileSystem.statSync, {
      apply: (target, _this, args: Parameters<typeof nodeFileSystem.statSync>) => {
        notify('stat', String(args[0]));
        return target(...args);
      },
    }),
  };
}

/** The error of the system, as Node throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code });
}
