import { joinNames, matchesText, namesOf, quoteGlob, textOf, type Glob } from './namePattern.js';
import type { ShellState } from './shellWalk.js';
import { relationOf, type GuardedPaths, type StoreDamage } from './guardedPaths.js';

/** What a `find` with `-delete` or `-exec` would do to the store. `visitCommand` handles the commands that it runs. */
export function damageByFind(
  words: readonly Glob[],
  state: ShellState,
  guarded: GuardedPaths,
  visitCommand: (words: readonly Glob[]) => StoreDamage | undefined,
): StoreDamage | undefined {
  for (const { node, actions } of visit(words, state, guarded)) {
    if (actions.isDeleted && node.kind !== 'folder') return { effect: 'delete', advice: undefined };
    for (const command of actions.commands) {
      const damage = visitCommand(command.map((word) => word.replace(/\\?\{\\?\}/g, () => quoteGlob(node.path))));
      if (damage !== undefined) return damage;
    }
  }
  return undefined;
}

/** The paths of the store, and of files in it, that a `find` prints. */
export function pathsFrom(words: readonly Glob[], state: ShellState, guarded: GuardedPaths): readonly Glob[] {
  const visited = visit(words, state, guarded);
  return visited.filter(({ actions }) => actions.isPrinted).map(({ node }) => quoteGlob(node.path));
}

/** A file or folder that `find` visits. */
interface Node {
  readonly path: string;
  /** As `find` prints it; `-path` matches this text. */
  readonly printedPath: string;
  readonly kind: 'folder' | 'file' | 'unknown';
  /** Below the start. */
  readonly depth: number;
}

/** What the expression does with one file. */
interface Actions {
  isDeleted: boolean;
  isPrinted: boolean;
  isPruned: boolean;
  readonly commands: (readonly Glob[])[];
}

/** Undefined if the result cannot be predicted. */
type Test = (node: Node, actions: Actions) => boolean | undefined;

/** Evaluates the expression for the folders from each start down to the store, and for some files in it. */
function visit(
  words: readonly Glob[],
  state: ShellState,
  guarded: GuardedPaths,
): readonly { readonly node: Node; readonly actions: Actions }[] {
  const { starts, expression } = split(words);
  if (expression.length > MAX_EXPRESSION_WORDS) return [];
  const parser = new Parser(expression);
  const test = parser.parse();
  return starts.flatMap((start) => {
    const visited: { node: Node; actions: Actions }[] = [];
    for (const node of nodesFrom(start, state, guarded)) {
      if (node.depth > parser.maxDepth) break;
      if (node.depth < parser.minDepth) continue;
      const actions: Actions = { isDeleted: false, isPrinted: false, isPruned: false, commands: [] };
      const result = test(node, actions);
      visited.push({ node, actions: parser.hasAction ? actions : { ...actions, isPrinted: result === true } });
      if (actions.isPruned) break;
    }
    return visited;
  });
}

/** Limits the recursion of the parser. */
const MAX_EXPRESSION_WORDS = 500;

function split(words: readonly Glob[]): { readonly starts: readonly Glob[]; readonly expression: readonly Glob[] } {
  const first = words.findIndex((word) => !/^-[HLP]$/.test(word));
  const rest = first === -1 ? [] : words.slice(first);
  const end = rest.findIndex((word) => /^-.|^!$|^\($/s.test(word));
  const starts = end === -1 ? rest : rest.slice(0, end);
  return { starts: starts.length === 0 ? ['.'] : starts, expression: end === -1 ? [] : rest.slice(end) };
}

/** Typical names of files in a store. */
const SAMPLES = [
  'features_12_20260101-120000_manual.db',
  'features_12_20260101-120000_manual.json',
  'features_12_20260101-120000_manual.db.gz',
];

function nodesFrom(start: Glob, state: ShellState, guarded: GuardedPaths): readonly Node[] {
  const relation = relationOf(start, state, guarded);
  const names = namesOf(start, state.cwd);
  if (relation === undefined || names === undefined) return [];
  const { store } = guarded;
  if (relation === 'inside') {
    const path = joinNames([...store, ...names.slice(store.length).map(textOf)]);
    return [{ path, printedPath: textOf(start), kind: 'unknown', depth: 0 }];
  }
  const top = printedStart(start, store.slice(0, names.length));
  const below = store.slice(names.length);
  const at = (depth: number, kind: Node['kind'], more: readonly string[]): Node => ({
    path: joinNames([...store.slice(0, names.length), ...more]),
    printedPath: [top, ...more].join('/'),
    kind,
    depth,
  });
  const folders = [...Array(below.length + 1).keys()].map((depth) => at(depth, 'folder', below.slice(0, depth)));
  return [...folders, ...SAMPLES.map((name) => at(below.length + 1, 'file', [...below, name]))];
}

function printedStart(start: Glob, names: readonly string[]): string {
  const isLiteral = !/[*?[]/.test(start.replace(/\\./gs, ''));
  if (isLiteral) return textOf(start).replace(/(?<=.)\/+$/, '');
  const count = start.split('/').filter((name) => name !== '' && name !== '.').length;
  return names.slice(-count).join('/');
}

class Parser {
  maxDepth = Infinity;
  minDepth = 0;
  hasAction = false;
  #at = 0;

  constructor(private readonly words: readonly Glob[]) {}

  parse(): Test {
    return this.words.length === 0 ? () => true : this.#either();
  }

  #either(): Test {
    let left = this.#both();
    while (this.#skip('-o', '-or')) {
      const [first, second] = [left, this.#both()];
      left = (node, actions) => {
        const result = first(node, actions);
        return result === false ? second(node, actions) : result;
      };
    }
    return left;
  }

  #both(): Test {
    let left = this.#single();
    while (this.#at < this.words.length && !['-o', '-or', ')', ','].includes(this.#word())) {
      this.#skip('-a', '-and');
      const [first, second] = [left, this.#single()];
      left = (node, actions) => {
        const result = first(node, actions);
        return result === true ? second(node, actions) : result;
      };
    }
    return left;
  }

  #single(): Test {
    if (this.#skip('!', '-not')) {
      const inner = this.#single();
      return (node, actions) => {
        const result = inner(node, actions);
        return result === undefined ? undefined : !result;
      };
    }
    if (this.#skip('(')) {
      const inner = this.#either();
      this.#skip(')');
      return inner;
    }
    return this.#primary(this.#take());
  }

  #primary(name: string): Test {
    switch (name) {
      case '-maxdepth':
        this.maxDepth = Number(this.#take());
        return () => true;
      case '-mindepth':
        this.minDepth = Number(this.#take());
        return () => true;
      case '-name':
        return this.#matching((node) => node.printedPath.replace(/^.*\//s, ''));
      case '-iname': {
        const glob = this.#take().toLowerCase();
        return (node) => matchesText(glob, node.printedPath.replace(/^.*\//s, '').toLowerCase());
      }
      case '-path':
      case '-wholename':
        return this.#matching((node) => node.printedPath);
      case '-type':
        return this.#ofType(this.#take());
      case '-empty':
        return () => false;
      case '-delete':
        return this.#action((actions) => (actions.isDeleted = true));
      case '-prune':
        return (_node, actions) => (actions.isPruned = true);
      case '-print':
      case '-print0':
        return this.#action((actions) => (actions.isPrinted = true));
      case '-exec':
      case '-execdir':
      case '-ok':
      case '-okdir':
        return this.#command();
      default:
        if (HARMLESS.has(name)) return () => true;
        if (TIMES.has(name)) this.#at += 1;
        // Backups of any age exist.
        return TIMES.has(name) ? () => true : this.#unknown();
    }
  }

  /** A test that cannot be predicted. Skips its argument, which must not be taken for another test. */
  #unknown(): Test {
    if (this.#at < this.words.length && !/^[-!()]/.test(this.#word())) this.#at += 1;
    return () => undefined;
  }

  /** A pattern is quoted for the shell, but not for `find`. */
  #matching(textFrom: (node: Node) => string): Test {
    const glob = this.#take();
    return (node) => matchesText(glob, textFrom(node));
  }

  #ofType(types: string): Test {
    return ({ kind }) => {
      if (kind === 'unknown') return undefined;
      return types.split(',').includes(kind === 'folder' ? 'd' : 'f');
    };
  }

  #action(act: (actions: Actions) => void): Test {
    this.hasAction = true;
    return (_node, actions) => {
      act(actions);
      return true;
    };
  }

  #command(): Test {
    const rest = this.words.slice(this.#at);
    const end = rest.findIndex((word) => /^\\?[;+]$/.test(word));
    const command = end === -1 ? rest : rest.slice(0, end);
    this.#at += command.length + 1;
    return this.#action((actions) => actions.commands.push(command));
  }

  #skip(...words: readonly string[]): boolean {
    if (this.#at >= this.words.length || !words.includes(this.#word())) return false;
    this.#at += 1;
    return true;
  }

  #word(): string {
    return textOf(this.words[this.#at] ?? '');
  }

  #take(): string {
    const word = this.#word();
    this.#at += 1;
    return word;
  }
}

const HARMLESS: ReadonlySet<string> = new Set(['-depth', '-d', '-xdev', '-mount', '-follow', '-daystart', '-true']);
const TIMES: ReadonlySet<string> = new Set(['-mtime', '-mmin', '-ctime', '-cmin', '-atime', '-amin']);
