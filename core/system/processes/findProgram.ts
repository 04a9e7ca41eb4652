import { constants } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { Ports } from '../ports.js';

export type ProgramSearch = Pick<Ports, 'files' | 'environment'>;

/**
 * The absolute path of a program on PATH; undefined if no absolute folder of PATH contains it. Every program is started
 * by its absolute path, because the current folder is often an untrusted project: Windows searches it first for a bare
 * name, and other systems search it if PATH has an empty or relative entry.
 */
export function findProgram(
  name: string,
  search: ProgramSearch,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  return candidates(name, search, platform).find((path) => isProgram(path, search.files, platform));
}

/** Every program of that name on PATH, in the order of PATH. */
export function findPrograms(
  name: string,
  search: ProgramSearch,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  return candidates(name, search, platform).filter((path) => isProgram(path, search.files, platform));
}

/** A program that comes with the system. On Windows only the one in System32 counts, regardless of PATH. */
export function findSystemProgram(
  name: string,
  search: ProgramSearch,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (platform !== 'win32') return findProgram(name, search, platform);
  const root = environmentVariable('SystemRoot', search.environment, platform) ?? '';
  if (!isAbsoluteOn(platform, root)) return undefined;
  const path = win32.join(root, 'System32', `${name}.exe`);
  return isProgram(path, search.files, platform) ? path : undefined;
}

/**
 * The file that Windows starts for a command: in the working directory first, then on PATH, with every extension of
 * PATHEXT, so `npx` is `npx.cmd`. Only for a command that another program would have started; all other programs are
 * found by `findProgram`.
 */
export function findCommandFile(
  command: string,
  cwd: string,
  { files, environment }: ProgramSearch,
): string | undefined {
  const extensions = (environmentVariable('PATHEXT', environment, 'win32') ?? '.COM;.EXE;.BAT;.CMD')
    .toLowerCase()
    .split(';');
  const withExtensions = extensions.filter((extension) => extension !== '').map((extension) => command + extension);
  const names = win32.extname(command) === '' ? withExtensions : [command, ...withExtensions];
  return commandFolders(command, cwd, environment)
    .flatMap((folder) => names.map((name) => win32.resolve(cwd, folder, name)))
    .find((path) => isProgram(path, files, 'win32'));
}

/** The user can exclude the working directory for commands without a folder. */
function commandFolders(command: string, cwd: string, environment: Ports['environment']): readonly string[] {
  if (/[\\/]/.test(command)) return [cwd];
  const isCwdExcluded = environmentVariable('NoDefaultCurrentDirectoryInExePath', environment, 'win32') !== undefined;
  return [...(isCwdExcluded ? [] : [cwd]), ...pathEntries(environment, 'win32')];
}

function candidates(name: string, { environment }: ProgramSearch, platform: NodeJS.Platform): readonly string[] {
  const path = platform === 'win32' ? win32 : posix;
  const extensions = platform === 'win32' ? windowsExtensions(environment) : [''];
  const names = extensions.map((extension) => name + extension);
  return absolutePathFolders(environment, platform).flatMap((folder) => names.map((file) => path.join(folder, file)));
}

function absolutePathFolders(environment: Ports['environment'], platform: NodeJS.Platform): readonly string[] {
  return pathEntries(environment, platform).filter((folder) => isAbsoluteOn(platform, folder));
}

function pathEntries(environment: Ports['environment'], platform: NodeJS.Platform): readonly string[] {
  const path = environmentVariable('PATH', environment, platform);
  if (platform !== 'win32') return (path ?? DEFAULT_PATH).split(posix.delimiter);
  // Quotes protect a semicolon, and are not part of the folder.
  const entries = (path?.match(/(?:"[^"]*"|[^;"])+/g) ?? []).map((entry) => entry.replaceAll('"', ''));
  return entries.filter((entry) => entry !== '');
}

/** The folders that POSIX systems search without PATH. */
const DEFAULT_PATH = '/usr/bin:/bin';

/** On Windows `\folder` depends on the current drive, so only a drive letter or a share makes a path absolute. */
function isAbsoluteOn(platform: NodeJS.Platform, folder: string): boolean {
  return platform === 'win32' ? /^(?:[a-z]:[\\/]|[\\/]{2}[^\\/])/i.test(folder) : posix.isAbsolute(folder);
}

/** The extensions that start without a shell, in the user's order of preference. */
function windowsExtensions(environment: Ports['environment']): readonly string[] {
  const preferred = (environmentVariable('PATHEXT', environment, 'win32') ?? '').toLowerCase().split(';');
  const extensions = preferred.filter((extension) => STARTABLE_EXTENSIONS.includes(extension));
  return extensions.length === 0 ? STARTABLE_EXTENSIONS : extensions;
}

const STARTABLE_EXTENSIONS: readonly string[] = ['.com', '.exe'];

/** Windows ignores case in the names of variables. */
export function environmentVariable(
  name: string,
  environment: Ports['environment'],
  platform: NodeJS.Platform,
): string | undefined {
  if (platform !== 'win32') return environment[name];
  return Object.entries(environment).find(([key]) => key.toUpperCase() === name.toUpperCase())?.[1];
}

function isProgram(path: string, files: Ports['files'], platform: NodeJS.Platform): boolean {
  try {
    const stats = files.statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true && (platform === 'win32' || (stats.mode & EXECUTABLE) !== 0);
  } catch {
    // Programs in an inaccessible folder cannot run.
    return false;
  }
}

const EXECUTABLE = constants.S_IXUSR | constants.S_IXGRP | constants.S_IXOTH;
