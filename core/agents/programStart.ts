import { join } from 'node:path';
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

const OWN_PROGRAM = /feature-backups[^/\\]*$/;
