import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { after } from 'mocha';

export interface TinyDisk {
  /** Mounts it there, or returns why that is impossible here. */
  mount(path: string, options: string): string | undefined;
  unmountAll(): void;
}

/** Small or read-only file systems (tmpfs) if the tests run as root on Linux. */
export function useTinyDisk(): TinyDisk {
  const mounted: string[] = [];
  const unmountAll = (): void => {
    for (const path of mounted.splice(0)) execFileSync('umount', [path]);
  };
  after('unmount', unmountAll);
  return {
    mount: (path, options) => {
      if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can mount a small disk';
      mkdirSync(path, { recursive: true });
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
      } catch {
        return 'mounting is not permitted here';
      }
      mounted.push(path);
      return undefined;
    },
    unmountAll,
  };
}
