import { win32 } from 'node:path';
import { environmentVariable, findCommandFile, type Ports } from '../../core/system/index.js';

export interface SpawnPlan {
  readonly command: string;
  readonly args: readonly string[];
  /** The arguments are quoted already. */
  readonly isVerbatim: boolean;
}

/**
 * How to start a program on Windows, where `npx` is `npx.cmd` and only cmd.exe runs such a script. The arguments reach the
 * program as they are: cmd.exe's own characters are escaped.
 */
export function planWindowsSpawn(
  command: string,
  args: readonly string[],
  { cwd, ...search }: WindowsSurroundings,
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

export interface WindowsSurroundings extends Pick<Ports, 'environment' | 'files'> {
  readonly cwd: string;
}

const META_CHARACTERS = /([()\][%!^"`<>&|;, *?])/g;

/** Never by its bare name, which would mean a file in the working directory first. */
function commandShell(environment: WindowsSurroundings['environment']): string {
  const named = environmentVariable('ComSpec', environment, 'win32');
  if (named !== undefined && win32.isAbsolute(named)) return named;
  return win32.join(environmentVariable('SystemRoot', environment, 'win32') ?? 'C:\\Windows', 'System32', 'cmd.exe');
}

/**
 * Quotes for the program (backslashes before a quote are doubled), then escapes twice for cmd.exe: once for the line, and
 * once more for the script that hands its `%*` on.
 */
function escapeArgument(argument: string): string {
  const quoted = `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`;
  return quoted.replace(META_CHARACTERS, '^$1').replace(META_CHARACTERS, '^$1');
}
