import { readWords, valuesOf, type CommandWords } from './commandWords.js';
import { matchesName, matchesText, namesOf, joinNames, splitPath, textOf, UNKNOWN, type Glob } from './namePattern.js';
import type { ShellState } from './shellWalk.js';
import { relationOf, type GuardedPaths, type StoreDamage } from './guardedPaths.js';

/** What `git clean`, `stash`, `worktree remove`, `rm` and `mv` would do to the store, which git ignores. */
export function damageByGit(words: readonly Glob[], state: ShellState, guarded: GuardedPaths): StoreDamage | undefined {
  const git = readWords(words, { valued: 'Cc', valuedLong: ['git-dir', 'work-tree', 'namespace'], stopsEarly: true });
  const [folder] = [...valuesOf(git, 'work-tree'), ...valuesOf(git, 'C')];
  const names = folder === undefined ? undefined : namesOf(folder, state.cwd);
  const inFolder = folder === undefined ? state : { ...state, cwd: names && joinNames(names.map(textOf)) };
  const [command = '', ...rest] = git.operands;
  switch (command) {
    case 'clean':
      return damageByClean(rest, inFolder, guarded);
    case 'stash':
      return damageByStash(rest, inFolder, guarded);
    case 'worktree':
      return damageByWorktree(rest, inFolder, guarded);
    case 'rm':
    case 'mv': {
      const read = readWords(rest);
      const isIndexOnly = ['cached', 'n', 'dry-run'].some((option) => read.options.has(option));
      const operands = command === 'mv' ? read.operands.slice(0, -1) : read.operands;
      const isNamed = operands.some((path) => ['store', 'inside'].includes(relationOf(path, inFolder, guarded) ?? ''));
      return !isIndexOnly && isNamed ? { effect: command === 'mv' ? 'move' : 'delete', advice: undefined } : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * Only `-x` and `-X` delete ignored files. A folder without tracked files is deleted only with `-d`, or if it is
 * named.
 */
function damageByClean(rest: readonly Glob[], state: ShellState, guarded: GuardedPaths): StoreDamage | undefined {
  const read = readWords(rest, { valued: 'e', valuedLong: ['exclude'] });
  const { options, operands } = read;
  const isIgnoredOnly = options.has('X');
  if (!isIgnoredOnly && !options.has('x')) return undefined;
  if (['n', 'dry-run', 'i', 'interactive'].some((option) => options.has(option))) return undefined;
  if (operands.some((path) => path.startsWith(':'))) return undefined;
  if (operands.length === 0 && !options.has('d')) return undefined;
  const paths = operands.length === 0 ? ['.'] : operands;
  if (!paths.some((path) => relationOf(path, { ...state, matchesDots: true }, guarded) !== undefined)) return undefined;
  // With -X, git also deletes what matches the exclude patterns.
  if (isIgnoredOnly) return { effect: 'delete', advice: 'Name the folders to clean' };
  if (isExcluded(read, state, guarded)) return undefined;
  return {
    effect: 'delete',
    advice: `Exclude them: git clean -e ${guarded.store.at(-1) ?? ''} ${rest.map(textOf).join(' ')}`,
  };
}

function isExcluded(read: CommandWords, { cwd }: ShellState, { store }: GuardedPaths): boolean {
  const start = cwd === undefined ? [] : splitPath(cwd);
  const below = start.every((name, at) => store[at] === name) ? store.slice(start.length) : store;
  return valuesOf(read, 'e', 'exclude').some((pattern) => {
    // The pattern is quoted for the shell, but not for git.
    const plain = pattern.replace(/\\(?=[*?[\]])/g, '').replace(/\/(?:\*{0,2})$/, '');
    if (plain.includes(UNKNOWN)) return true;
    if (plain.startsWith('!')) return false;
    if (plain.includes('/')) return matchesText(plain.replace(/^\/|^\*\*\//, ''), below.join('/'));
    return below.some((name) => matchesName(plain, name, true));
  });
}

/** `--all` also stashes ignored files, in the whole work tree. */
function damageByStash(rest: readonly Glob[], state: ShellState, guarded: GuardedPaths): StoreDamage | undefined {
  const isCommand = rest[0] !== undefined && !rest[0].startsWith('-');
  if (isCommand && rest[0] !== 'push' && rest[0] !== 'save') return undefined;
  const { options, operands } = readWords(isCommand ? rest.slice(1) : rest, { valued: 'm', valuedLong: ['message'] });
  if (!options.has('a') && !options.has('all')) return undefined;
  // The operands of `save` are a message.
  const isWholeTree = operands.length === 0 || rest[0] === 'save';
  const isReached = isWholeTree
    ? isInSameTree(state, guarded)
    : operands.some((path) => relationOf(path, { ...state, matchesDots: true }, guarded) !== undefined);
  return isReached ? { effect: 'move', advice: 'git stash -u leaves ignored files in place' } : undefined;
}

function isInSameTree({ cwd }: ShellState, { project }: GuardedPaths): boolean {
  if (cwd === undefined) return false;
  return splitPath(cwd).every((name, at) => at >= project.length || project[at] === name);
}

function damageByWorktree(
  [command, ...rest]: readonly Glob[],
  state: ShellState,
  guarded: GuardedPaths,
): StoreDamage | undefined {
  if (command !== 'remove') return undefined;
  const isOwn = readWords(rest).operands.some((path) => {
    if (relationOf(path, state, guarded) === 'above') return true;
    // git also accepts the last names of the path.
    const last = splitPath(textOf(path));
    return (
      last.length > 0 &&
      !textOf(path).startsWith('/') &&
      last.every((name, at) => guarded.project.at(at - last.length) === name)
    );
  });
  return isOwn ? { effect: 'delete', advice: undefined } : undefined;
}
