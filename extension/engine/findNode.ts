import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { findPrograms, realPorts } from '../../core/system/index.js';

/**
 * A Node.js that runs our programs, absolute: what is written into settings must work without any PATH, and must not be
 * the editor's own program, which would open a window. Undefined where there is none.
 */
export function findNode(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const candidates = [...findPrograms('node', { ...realPorts(), environment })];
  // On a remote machine the editor's server runs on a plain Node; its path changes with every update, so it comes last.
  if (basename(process.execPath) === name) candidates.push(process.execPath);
  return candidates.find(isNewEnough);
}

const OLDEST = [20, 19] as const;
const ANSWER_WITHIN_MS = 5_000;

function isNewEnough(path: string): boolean {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: ANSWER_WITHIN_MS });
  const version = /^v(\d+)\.(\d+)/.exec(stdout);
  if (version === null) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
