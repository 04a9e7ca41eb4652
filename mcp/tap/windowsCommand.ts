import { existsSync } from 'node:fs';
import { delimiter, extname, isAbsolute, resolve, win32 } from 'node:path';

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
  { environment, cwd, exists = existsSync }: WindowsSurroundings,
): SpawnPlan {
  const file = findProgram(command, { environment, cwd, exists });
  if (file === undefined || !/\.(?:cmd|bat)$/i.test(file)) return { command, args, isVerbatim: false };
  const line = [file.replace(META_CHARACTERS, '^$1'), ...args.map(escapeArgument)].join(' ');
  return {
    command: commandShell(environment),
    args: ['/d', '/s', '/c', `"${line}"`],
    isVerbatim: true,
  };
}

export interface WindowsSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly exists?: (path: string) => boolean;
}

const META_CHARACTERS = /([()\][%!^"`<>&|;, *?])/g;

/** Never by its bare name, which would mean a file in the working directory first. */
function commandShell(environment: WindowsSurroundings['environment']): string {
  const named = valueOf(environment, 'ComSpec');
  if (named !== undefined && win32.isAbsolute(named)) return named;
  return win32.join(valueOf(environment, 'SystemRoot') ?? 'C:\\Windows', 'System32', 'cmd.exe');
}

/**
 * The file that the system would find: by PATHEXT, in the working directory and along PATH. The client wrote the command,
 * and would find the same; its variable that keeps programs in the working directory from being run counts here, too.
 */
function findProgram(command: string, { environment, cwd, exists }: Required<WindowsSurroundings>): string | undefined {
  const extensions = (valueOf(environment, 'PATHEXT') ?? '.COM;.EXE;.BAT;.CMD').split(';');
  const names = extname(command) === '' ? extensions.map((extension) => command + extension.toLowerCase()) : [command];
  const hasFolder = isAbsolute(command) || /[\\/]/.test(command);
  const onPath = (valueOf(environment, 'PATH') ?? '').split(delimiter).filter((folder) => folder !== '');
  const isCwdLeftOut = !hasFolder && valueOf(environment, 'NoDefaultCurrentDirectoryInExePath') !== undefined;
  const folders = [...(isCwdLeftOut ? [] : [cwd]), ...(hasFolder ? [] : onPath)];
  return folders.flatMap((folder) => names.map((name) => resolve(folder, name))).find((path) => exists(path));
}

/** Environment variables have no case there. */
function valueOf(environment: WindowsSurroundings['environment'], name: string): string | undefined {
  const key = Object.keys(environment).find((candidate) => candidate.toUpperCase() === name.toUpperCase());
  return key === undefined ? undefined : environment[key];
}

/**
 * Quotes for the program (backslashes before a quote are doubled), then escapes twice for cmd.exe: once for the line, and
 * once more for the script that hands its `%*` on.
 */
function escapeArgument(argument: string): string {
  const quoted = `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`;
  return quoted.replace(META_CHARACTERS, '^$1').replace(META_CHARACTERS, '^$1');
}
