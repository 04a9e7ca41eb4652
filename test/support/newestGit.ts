import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of a git that runs hooks from its configuration (2.54 and newer): the one on PATH, or the one that
 * `.ci/newestGit` puts into the user's cache.
 */
export function newestGitFolder(): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'feature-backups-tests');
  return [...(process.env.PATH ?? '').split(':'), join(cache, 'newest-git/bin')].find((folder) =>
    runsConfiguredHooks(join(folder, 'git')),
  );
}

function runsConfiguredHooks(git: string): boolean {
  const { status, stdout } = spawnSync(git, ['version'], { encoding: 'utf8' });
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(status === 0 ? stdout : '') ?? []).map(Number);
  return major > 2 || (major === 2 && minor >= 54);
}
