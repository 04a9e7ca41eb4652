import { isAbsolute, join } from 'node:path';

/** The user's cache folder; never the shared temporary folder, where others could place code. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_CACHE_HOME: cache = '', LOCALAPPDATA: local = '', HOME: home = '' } = environment;
  const base = [cache, local, home === '' ? '' : join(home, '.cache')].find((path) => isAbsolute(path));
  return base === undefined ? undefined : join(base, 'feature-backups', 'compiled');
}
