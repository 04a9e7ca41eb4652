import { programOf, readWords, unwrap, valuesOf, type CommandWords } from './commandWords.js';
import { damageByFind, pathsFrom } from './damageByFind.js';
import { damageByGit } from './damageByGit.js';
import { damageByRsync } from './damageByRsync.js';
import { joinNames, namesOf, textOf, UNKNOWN, type Glob } from './namePattern.js';
import { assign, walkInnerScript, walkScript, type ShellCommand, type ShellState } from './shellWalk.js';
import { relationOf, type GuardedPaths, type StoreDamage } from './guardedPaths.js';

/** What a script would do to the store; undefined if nothing, or if that is not certain. */
export function damageByScript(script: string, state: ShellState, guarded: GuardedPaths): StoreDamage | undefined {
  return walkScript(script, state, (command, current) => damageByCommand(command, current, guarded));
}

/** What one command would do to the store. Updates the state for commands such as `cd`. */
function damageByCommand(command: ShellCommand, state: ShellState, guarded: GuardedPaths): StoreDamage | undefined {
  if (command.outputs.some((path) => relationOf(path, state, guarded) === 'inside')) return OVERWRITE;
  const { words, folder } = unwrap(command.words);
  const inFolder = folder === undefined ? state : { ...state, cwd: folderFrom(folder, state) };
  const program = programOf(words);
  const rest = words.slice(1);
  if (changeState(program, rest, state)) return undefined;
  if (program === 'xargs') return damageByXargs(rest, command.source, inFolder, guarded);
  const script = innerScript(program, rest, command.document);
  if (script !== undefined)
    return walkInnerScript(script, inFolder, (inner, at) => damageByCommand(inner, at, guarded));
  return damageByProgram(program, rest, inFolder, guarded);
}

/** The commands that act on the store by themselves. */
function damageByProgram(
  program: string,
  rest: readonly Glob[],
  state: ShellState,
  guarded: GuardedPaths,
): StoreDamage | undefined {
  if (program === 'git') return damageByGit(rest, state, guarded);
  if (program === 'rsync') return damageByRsync(rest, state, guarded);
  if (program === 'find' || program === 'gfind') {
    return damageByFind(rest, state, guarded, (words) =>
      damageByCommand({ words, outputs: [], document: '', source: undefined }, state, guarded),
    );
  }
  return damageByFiles(program, rest, (path) => relationOf(path, state, guarded));
}

/** The commands that delete, move or overwrite the files in their operands. */
function damageByFiles(
  program: string,
  rest: readonly Glob[],
  relationTo: (path: Glob) => ReturnType<typeof relationOf>,
): StoreDamage | undefined {
  const isInside = (path: Glob): boolean => relationTo(path) === 'inside';
  const isRelated = (path: Glob): boolean => relationTo(path) !== undefined;
  switch (program) {
    case 'rm':
    case 'srm':
    case 'grm': {
      const read = readWords(rest);
      const isRecursive = ['r', 'R', 'recursive'].some((option) => read.options.has(option));
      // rm refuses "." and "..".
      const operands = read.operands.filter((path) => !/(?:^|\/)\.{1,2}\/*$/.test(path));
      return operands.some(isRecursive ? isRelated : isInside) ? DELETE : undefined;
    }
    case 'rimraf':
    case 'trash':
    case 'trash-put':
      return readWords(rest).operands.some(isRelated) ? DELETE : undefined;
    case 'unlink':
    case 'shred':
      return readWords(rest, { valued: 'ns' }).operands.some(isInside) ? DELETE : undefined;
    case 'gzip':
    case 'gunzip':
    case 'bzip2':
    case 'xz': {
      const read = readWords(rest);
      const isKept = ['k', 'c', 'l', 't', 'keep', 'stdout', 'list', 'test'].some((option) => read.options.has(option));
      return !isKept && read.operands.some(isInside) ? DELETE : undefined;
    }
    case 'mv':
    case 'gmv': {
      const { sources, target } = transferOf(readWords(rest, TRANSFER_RULES));
      if (sources.some(isRelated)) return { effect: 'move', advice: undefined };
      return target !== undefined && isInside(target) ? OVERWRITE : undefined;
    }
    case 'cp':
    case 'gcp':
    case 'install':
    case 'ln': {
      const { target } = transferOf(readWords(rest, TRANSFER_RULES));
      return target !== undefined && isInside(target) ? OVERWRITE : undefined;
    }
    case 'tee':
    case 'sponge':
    case 'truncate':
      return readWords(rest, { valued: program === 'truncate' ? 'sr' : '' }).operands.some(isInside)
        ? OVERWRITE
        : undefined;
    case 'sed':
    case 'perl': {
      const read = readWords(rest, { valued: 'ef', valuedLong: ['expression', 'file'] });
      const isInPlace = read.options.has('i') || read.options.has('in-place');
      return isInPlace && read.operands.some(isInside) ? OVERWRITE : undefined;
    }
    case 'dd':
      return rest.some((word) => word.startsWith('of=') && isInside(word.slice('of='.length))) ? OVERWRITE : undefined;
    default:
      return undefined;
  }
}

const DELETE: StoreDamage = { effect: 'delete', advice: undefined };
const OVERWRITE: StoreDamage = { effect: 'overwrite', advice: undefined };

const TRANSFER_RULES = { valued: 'tSmog', valuedLong: ['target-directory', 'suffix', 'mode', 'owner', 'group'] };

/** The sources of `mv` or `cp`, and the target if it is the last operand. */
function transferOf(read: CommandWords): { readonly sources: readonly Glob[]; readonly target: Glob | undefined } {
  const { operands } = read;
  if (valuesOf(read, 't', 'target-directory').length > 0) return { sources: operands, target: undefined };
  return { sources: operands.slice(0, -1), target: operands.length > 1 ? operands.at(-1) : undefined };
}

/** Handles shell commands that change the state for later commands. False for any other command. */
function changeState(program: string, rest: readonly Glob[], state: ShellState): boolean {
  switch (program) {
    case 'cd':
    case 'pushd': {
      const [target = state.variables.get('HOME') ?? UNKNOWN] = readWords(rest).operands;
      const { cwd } = state;
      state.cwd = target === '-' ? state.previous : folderFrom(target, state);
      state.previous = cwd;
      return true;
    }
    case 'popd':
      [state.cwd, state.previous] = [state.previous, undefined];
      return true;
    case 'export':
    case 'declare':
    case 'local':
    case 'readonly':
      for (const word of rest) if (/^[A-Za-z_]\w*=/.test(word)) assign(word, state);
      return true;
    case 'for': {
      const [name = '', keyword, ...values] = rest;
      if (keyword === 'in')
        state.variables.set(name, values.length === 1 ? (values[0] ?? '') : `{${values.join(',')}}`);
      return true;
    }
    case 'shopt':
    case 'setopt':
      if (rest.some((word) => /^(?:dotglob|glob_?dots)$/i.test(word))) state.matchesDots = !rest.includes('-u');
      return true;
    default:
      return false;
  }
}

/** Undefined if the folder is unknown, or a glob. */
function folderFrom(path: Glob, { cwd }: ShellState): string | undefined {
  const names = namesOf(path, cwd);
  if (names === undefined || names.some((name) => /[*?[]/.test(name.replace(/\\./gs, '')))) return undefined;
  return joinNames(names.map(textOf));
}

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'zsh', 'dash', 'ksh', 'ash']);

/** The script that a command runs, if its words contain it. */
function innerScript(program: string, rest: readonly Glob[], document: string): string | undefined {
  if (program === 'eval') return rest.map(textOf).join(' ');
  if (!SHELLS.has(program)) return undefined;
  const { options, operands } = readWords(rest, { valued: 'oO', stopsEarly: true });
  const [first] = operands;
  if (options.has('c')) return first === undefined ? undefined : textOf(first);
  return first === undefined ? document : undefined;
}

/** The words that `xargs` adds can be predicted if they come from `find`, `echo` or `ls`. */
function damageByXargs(
  rest: readonly Glob[],
  source: ShellCommand | undefined,
  state: ShellState,
  guarded: GuardedPaths,
): StoreDamage | undefined {
  const { operands, values } = readWords(rest, { valued: 'IdEeLlnPsa', stopsEarly: true });
  const placeholder = values.find(({ option }) => option === 'I')?.value;
  const added = source === undefined ? [] : writtenWords(source, state, guarded);
  const words =
    placeholder === undefined
      ? [...operands, ...added]
      : operands.flatMap((word) => (word === placeholder ? added : [word]));
  return damageByCommand({ words, outputs: [], document: '', source: undefined }, state, guarded);
}

function writtenWords(source: ShellCommand, state: ShellState, guarded: GuardedPaths): readonly Glob[] {
  const { words } = unwrap(source.words);
  const rest = words.slice(1);
  switch (programOf(words)) {
    case 'echo':
    case 'printf':
      return rest.flatMap((word) => word.split(/\s+/));
    case 'find':
    case 'gfind':
      return pathsFrom(rest, state, guarded);
    case 'ls': {
      const { options, operands } = readWords(rest);
      if (options.has('d')) return operands;
      if (operands.length > 0) return [];
      return options.has('a') || options.has('A') ? ['*', '.*'] : ['*'];
    }
    default:
      return [];
  }
}
