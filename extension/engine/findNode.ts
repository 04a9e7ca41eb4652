import { basename } from 'node:path';
import { BackupError, findPrograms, realPorts, runProgramSync, stableNode } from '../../core/system/index.js';

/**
 * Absolute path of Node.js for hooks and agents, which may run without a PATH. Not VS Code's own program, which would
 * open a window. Undefined if none is found.
 */
export function findNode(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const candidates = [...findPrograms('node', { ...realPorts(), environment })];
  // A remote VS Code server runs on plain Node.js, but its path changes with every update, so it is the last choice.
  if (basename(process.execPath) === name) candidates.push(process.execPath);
  const node = candidates.find(isNewEnough);
  return node === undefined ? undefined : stableNode(node, { ...realPorts(), environment });
}

const MIN_VERSION = [20, 19] as const;
const ANSWER_TIMEOUT_MS = 5_000;

function isNewEnough(path: string): boolean {
  const version = /^v(\d+)\.(\d+)/.exec(answerOf(path));
  if (version === null) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1]);
}

/** Empty if the program cannot be started or prints nothing; another candidate may work. */
function answerOf(path: string): string {
  try {
    const run = { program: path, args: ['--version'], environment: process.env, limitMs: ANSWER_TIMEOUT_MS };
    return runProgramSync(run).output.toString('utf8');
  } catch (error) {
    if (error instanceof BackupError) return '';
    throw error;
  }
}
