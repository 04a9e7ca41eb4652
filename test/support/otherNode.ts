import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A Node with `node:sqlite` and its `backup()`; available since 22.16. */
const VERSION = '24.21.0';

/**
 * The path of a Node with `node:sqlite`: the running one if possible, else one from the package registry, cached in the
 * user's cache.
 */
export async function nodeWithSqlite(): Promise<string> {
  const own = process.getBuiltinModule('node:sqlite') as { backup?: unknown } | undefined;
  return own?.backup === undefined ? await otherNode(VERSION) : process.execPath;
}

/** The path of another Node, from the package registry, cached in the user's cache. */
export async function otherNode(version: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const packageName = `node-${platform}-${process.arch}`;
  const folder = join(cacheFolder(), `node-${version}`);
  const executable = join(folder, 'node_modules', packageName, 'bin', platform === 'win' ? 'node.exe' : 'node');
  if (!existsSync(executable)) await install(`${packageName}@${version}`, folder);
  return executable;
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'feature-backups-tests');
}

/** Installs it to a separate folder first, so an existing one is complete, and two test runs do not collide. */
async function install(packageSpec: string, folder: string): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder(), 'installing-'));
  try {
    const args = [
      'install',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--prefix',
      scratch,
      packageSpec,
    ];
    await promisify(execFile)('npm', args, { cwd: scratch });
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
