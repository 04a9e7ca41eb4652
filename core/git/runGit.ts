import { spawnSync } from 'node:child_process';
import { BackupError, systemErrorCode } from '../errors.js';
import type { Ports } from '../ports.js';

export interface GitAnswer {
  readonly status: number;
  readonly output: string;
  readonly complaint: string;
}

/** Runs git in a folder, as if no other git had started us. Throws only where git itself cannot be started. */
export function runGit(folder: string, args: readonly string[], ports: Ports, input = ''): GitAnswer {
  const result = spawnSync('git', args, {
    cwd: folder,
    env: withoutLocalEnvironment(ports.environment),
    encoding: 'utf8',
    input,
    maxBuffer: MAX_OUTPUT_BYTES,
    timeout: TIMEOUT_MS,
    windowsHide: true,
  });
  if (result.error !== undefined) throw cannotRun(result.error, folder);
  return { status: result.status ?? 1, output: result.stdout, complaint: result.stderr.trim() };
}

/** The one line that git answers; undefined where it fails. */
export function askGit(folder: string, args: readonly string[], ports: Ports): string | undefined {
  const { status, output } = runGit(folder, args, ports);
  return status === 0 ? output.replace(/\r?\n$/, '') : undefined;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** What `git rev-parse --local-env-vars` lists (git 2.55): they belong to the repository that a hook runs in. */
const LOCAL_VARIABLES: ReadonlySet<string> = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_COUNT',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
]);

function withoutLocalEnvironment(environment: Ports['environment']): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !LOCAL_VARIABLES.has(name)));
}

function cannotRun(error: Error, folder: string): BackupError {
  const missing = systemErrorCode(error) === 'ENOENT';
  return new BackupError(missing ? 'git was not found' : `git could not be run: ${error.message}`, {
    code: missing ? 'usage' : 'io',
    operation: 'run git',
    path: folder,
    hint: missing ? 'Install git, or put it on PATH.' : undefined,
    cause: error,
  });
}
