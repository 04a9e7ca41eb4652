import { basename, isAbsolute, join } from 'node:path';
import { kindAt, type Ports } from '../system/index.js';
import type { Launcher } from './connection.js';

/** The programs in this folder. Clients on Windows have no sh for launch.sh. */
export function launcherIn(folder: string, node: string, platform: NodeJS.Platform = process.platform): Launcher {
  return {
    node,
    script: join(folder, 'feature-backups.cjs'),
    launchScript: platform === 'win32' ? undefined : join(folder, 'launch.sh'),
  };
}

/** The words of a command that starts this program; its arguments follow. */
export function startWords({ node, script, launchScript }: Launcher): readonly [string, ...string[]] {
  return launchScript === undefined ? [node, script] : ['/bin/sh', launchScript, node, script];
}

/** The index of a subcommand of this program among the words of a command, in any form of the start. */
export function findSubcommand(words: readonly string[], subcommand: string): number | undefined {
  const index = words.findIndex((word, at) => word === subcommand && OWN_PROGRAM.test(words[at - 1] ?? ''));
  return index === -1 ? undefined : index;
}

/** The words of a shell command, without expanding variables. */
export function splitCommand(command: string): readonly string[] {
  return Array.from(command.matchAll(/"((?:\\[^]|[^"\\])*)"|'([^']*)'|(\S+)/g), ([, double, single, bare]) =>
    double === undefined ? (single ?? bare ?? '') : double.replaceAll(/\\([$`"\\])/g, '$1'),
  );
}

/** The first missing file that a command needs to start this program. */
export function findMissingProgram(words: readonly string[], subcommand: string, ports: Pick<Ports, 'files'>) {
  const start = words.slice(0, findSubcommand(words, subcommand));
  // launch.sh replaces a missing Node.
  const usesLaunchScript = start.length === 4 && basename(start[1] ?? '') === 'launch.sh';
  return start
    .filter((_, index) => !usesLaunchScript || index !== 2)
    .find((word) => isAbsolute(word) && kindAt(word, ports) === 'nothing');
}

const OWN_PROGRAM = /feature-backups[^/\\]*$/;
