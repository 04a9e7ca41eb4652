import { BackupError } from '../errors.js';
import type { Ports } from '../ports.js';
import { findProgram } from './findProgram.js';
import { runProgramSync } from './runProgram.js';

export interface GitResult {
  readonly status: number;
  readonly output: string;
  readonly errorOutput: string;
}

/**
 * Runs a plumbing command of git in a folder, without the environment of a calling git. The repository may be untrusted,
 * so no program that its configuration names is run. Throws `usage` if git is missing, and the errors of `runProgram`.
 */
export function runGit(
  folder: string,
  args: readonly string[],
  ports: Ports,
  input = '',
  limitMs = LIMIT_MS,
): GitResult {
  const program = findProgram('git', ports);
  if (program === undefined) throw gitMissing(folder);
  const { code, output, errors } = runProgramSync({
    program,
    args: [...SAFE_OPTIONS, ...args],
    environment: { ...withoutLocalEnvironment(ports.environment), ...SAFE_ENVIRONMENT },
    folder,
    input,
    limitMs,
  });
  return { status: code ?? 1, output: output.toString('utf8'), errorOutput: errors.trim() };
}

/** The line that git prints; undefined if it fails. */
export function gitOutput(folder: string, args: readonly string[], ports: Ports, limitMs?: number): string | undefined {
  const { status, output } = runGit(folder, args, ports, '', limitMs);
  return status === 0 ? output.replace(/\r?\n$/, '') : undefined;
}

/**
 * For rev-parse, rev-list, symbolic-ref, config, version, ls-files and check-ignore, none of which runs a hook, an
 * editor, a filter or a diff program. `core.hooksPath` stays, because rev-parse reports it. git ignores unknown settings.
 */
const SAFE_OPTIONS = [
  // `pager.<command>` names a program for every command.
  '--no-pager',
  // git runs it when it reads the index, as for `:file`. Before 2.36, "false" would name a program, so it is empty.
  ...['-c', 'core.fsmonitor='],
  // `git log` and `git show` run `gpg.program`. Not used here yet.
  ...['-c', 'log.showSignature=false'],
  // A folder in a clone can pose as a bare repository with its own settings.
  ...['-c', 'safe.bareRepository=explicit'],
] as const;

const SAFE_ENVIRONMENT = {
  // In a partial clone, git fetches missing objects with a program named by the remote's settings.
  GIT_NO_LAZY_FETCH: '1',
  // The same for older gits: no transport has this name. It overrides every `protocol.*.allow`.
  GIT_ALLOW_PROTOCOL: 'none',
  // No prompts, because nobody could answer them; no writes to the index.
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
} as const;

const LIMIT_MS = 30_000;

/** The list of `git rev-parse --local-env-vars` (git 2.55): variables of the repository that a hook runs in. */
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

function withoutLocalEnvironment(environment: Ports['environment']): Ports['environment'] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !LOCAL_VARIABLES.has(name)));
}

function gitMissing(folder: string): BackupError {
  return new BackupError('git was not found', {
    code: 'usage',
    operation: 'run git',
    path: folder,
    hint: 'Install git, or put its folder on PATH; relative entries of PATH are ignored.',
  });
}
