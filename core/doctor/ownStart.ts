import { basename, dirname, isAbsolute } from 'node:path';
import type { SetupPrograms } from '../setup/index.js';
import { isWithin } from '../system/index.js';

/**
 * Whether a command of a settings file only starts this program. Settings can come with a clone, so `doctor` starts nothing
 * else, and no program in the project unless it is its own.
 */
export function isOwnStart(
  words: readonly string[],
  subcommand: 'hook' | 'tap',
  root: string,
  { folder }: SetupPrograms,
): boolean {
  const start = words.slice(0, words.indexOf(subcommand));
  const [script = '', node, launcher, shell] = start.toReversed();
  if (!words.includes(subcommand) || !/^feature-backups(?:\.cjs)?$/.test(basename(script))) return false;
  // A command on PATH.
  if (start.length === 1) return script === 'feature-backups' || isTrusted(script, root, folder);
  if (node === undefined || !isNode(node, root, folder) || !isTrusted(script, root, folder)) return false;
  if (start.length === 2) return true;
  const isBeside = launcher !== undefined && dirname(launcher) === dirname(script);
  return start.length === 4 && shell === '/bin/sh' && isBeside && basename(launcher) === 'launch.sh';
}

/** For a shell: plain and quoted words, without commands in them or after them. */
export function isPlainCommand(command: string): boolean {
  return !/[;&|<>`\n\r]|\$\(/.test(command);
}

/** Node.js, and the runtimes of VS Code. */
const NODE = /^(?:node|nodejs|code|code-oss|codium|electron|Code Helper \(Plugin\))(?:\.exe)?$/i;

/** `node` alone is found on PATH. */
function isNode(path: string, root: string, folder: string): boolean {
  return path === 'node' || (NODE.test(basename(path)) && isTrusted(path, root, folder));
}

function isTrusted(path: string, root: string, folder: string): boolean {
  return isAbsolute(path) && (!isWithin(root, path) || dirname(path) === folder);
}
