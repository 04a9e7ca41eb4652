import { BackupError, findProgram, runProgramSync, type Ports } from '../system/index.js';

export interface GitResult {
  readonly status: number;
  readonly output: string;
  readonly errorOutput: string;
}

/**
 * Runs a plumbing command of git in a folder, as if no other git had started us. The repository may be a stranger's, so
 * nothing that its configuration names is run. Throws `usage` if there is no git, and as `runProgram` does.
 */
export function runGit(folder: string, args: readonly string[], ports: Ports, input = ''): GitResult {
  const program = findProgram('git', ports);
  if (program === undefined) throw gitMissing(folder);
  const { code, output, errors } = runProgramSync({
    program,
    args: [...SAFE_OPTIONS, ...args],
    environment: { ...withoutLocalEnvironment(ports.environment), ...SAFE_ENVIRONMENT },
    folder,
    input,
    limitMs: LIMIT_MS,
  });
  return { status: code ?? 1, output: output.toString('utf8'), errorOutput: errors.trim() };
}

/** The one line that git answers; undefined where it fails. */
export function gitOutput(folder: string, args: readonly string[], ports: Ports): string | undefined {
  const { status, output } = runGit(folder, args, ports);
  return status === 0 ? output.replace(/\r?\n$/, '') : undefined;
}

/**
 * These commands are run here: rev-parse, rev-list, symbolic-ref and version. None of them runs a hook (and rev-parse is
 * asked for `core.hooksPath`, which therefore stays), an editor, a filter or a diff program. A git that does not know one
 * of these settings ignores it.
 */
const SAFE_OPTIONS = [
  // `pager.<command>` names a program for every command.
  '--no-pager',
  // Run whenever git reads the index, as for `:file`. Empty, not "false": before 2.36, "false" is a program's name.
  ...['-c', 'core.fsmonitor='],
  // `git log` and `git show` run `gpg.program`. They are not used here; this is for whoever adds them.
  ...['-c', 'log.showSignature=false'],
  // A folder in a clone can pass itself off as a repository, with settings of its own.
  ...['-c', 'safe.bareRepository=explicit'],
] as const;

const SAFE_ENVIRONMENT = {
  // In a partial clone git fetches missing objects, with whatever program the remote's settings name.
  GIT_NO_LAZY_FETCH: '1',
  // The same for gits that do not know that variable: no transport has this name. It outranks every `protocol.*.allow`.
  GIT_ALLOW_PROTOCOL: 'none',
  // Nobody answers questions, and nothing here may write the index.
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
} as const;

const LIMIT_MS = 30_000;

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
