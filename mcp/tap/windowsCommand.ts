import { win32 } from 'node:path';
import { environmentVariable, findCommandFile, type Ports } from '../../core/system/index.js';

export interface SpawnPlan {
  readonly command: string;
  readonly args: readonly string[];
  /** Whether the arguments are already quoted. */
  readonly isVerbatim: boolean;
}

/**
 * Plans how to start a program on Windows, where `npx` is `npx.cmd`, which only cmd.exe can run. Arguments are
 * escaped for cmd.exe and reach the program unchanged.
 */
export function planWindowsSpawn(
  command: string,
  args: readonly string[],
  { cwd, ...search }: CommandSearch,
): SpawnPlan {
  const file = findCommandFile(command, cwd, search);
  if (file === undefined || !/\.(?:cmd|bat)$/i.test(file)) return { command, args, isVerbatim: false };
  const line = [file.replace(META_CHARACTERS, '^$1'), ...args.map(escapeArgument)].join(' ');
  return {
    command: commandShell(search.environment),
    args: ['/d', '/s', '/c', `"${line}"`],
    isVerbatim: true,
  };
}

export interface CommandSearch extends Pick<Ports, 'environment' | 'files'> {
  readonly cwd: string;
}

const META_CHARACTERS = /([()\][%!^"`<>&|;, *?])/g;

/** An absolute path, because Windows searches the working directory first for a bare name. */
function commandShell(environment: CommandSearch['environment']): string {
  const named = environmentVariable('ComSpec', environment, 'win32');
  if (named !== undefined && win32.isAbsolute(named)) return named;
  return win32.join(environmentVariable('SystemRoot', environment, 'win32') ?? 'C:\\Windows', 'System32', 'cmd.exe');
}

/** Quotes for the program, then escapes twice for cmd.exe: for the command line, and for `%*` in the script. */
function escapeArgument(argument: string): string {
  const quoted = `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`;
  return quoted.replace(META_CHARACTERS, '^$1').replace(META_CHARACTERS, '^$1');
}
