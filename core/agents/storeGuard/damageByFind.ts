import { joinNames, matchesText, namesOf, quoteGlob, textOf, type Glob } from './namePattern.js';
import type { ShellState } from './shellWalk.js';
import { relationOf, type GuardedPaths, type StoreDamage } from './guardedPaths.js';

/** What a `find` with `-delete` or `-exec` does to the store. `visitCommand` handles the command that it runs. */
export function damageByFind(
  words: readonly Glob[],
  state: ShellState,
  guarded: GuardedPaths,
  visitCommand: (words: readonly Glob[]) => StoreDamage | undefined,
): StoreDamage | undefined {
  for (const { node, hits } of visit(words, state, guarded)) {
    if (hits.isDeleted && node.kind !== 'folder') return { effect: 'delete', advice: undefined };
    for (const command of hits.commands) {
      const found = visitCommand(command.map((word) => word.replace(/\\?\{\\?\}/g, () => quoteGlob(node.path))));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The paths of the store and in it that a `find` prints. */
export function pathsFrom(words: readonly Glob[], state: ShellState, guarded: GuardedPaths): readonly Glob[] {
  const visited = visit(words, state, guarded);
  return visited.filter(({ hits }) => hits.isPrinted).map(({ node }) => quoteGlob(node.path));
}

/** A file or folder that `find` visits. */
interface Node {
  readonly path: string;
  /** The path that `-path` matches. */
  readonly shown: string;
  readonly kind: 'folder' | 'file' | 'unknown';
  /** Below the start. */
  readonly depth: number;
}

interface Hits {
  isDeleted: boolean;
  isPrinted: boolean;
  isPruned: boolean;
  readonly commands: (readonly Glob[])[];
}

/** Undefined: cannot be predicted. */
type Test = (node: Node, hits: Hits) => boolean | undefined;

/** Evaluates the expression for the folders from each start down to the store, and for some files in it. */
function visit(
  words: readonly Glob[],
  state: ShellState,
  guarded: GuardedPaths,
): readonly { readonly node: Node; readonly hits: Hits }[] {
  const { starts, expression } = split(words);
  if (expression.length > MAX_EXPRESSION_WORDS) return [];
  const parser = new Parser(expression);
  const test = parser.parse();
  return starts.flatMap((start) => {
    const visited: { node: Node; hits: Hits }[] = [];
    for (const node of nodesFrom(start, state, guarded)) {
      if (node.depth > parser.maxDepth) break;
      if (node.depth < parser.minDepth) continue;
      const hits: Hits = { isDeleted: false, isPrinted: false, isPruned: false, commands: [] };
      const result = test(node, hits);
      visited.push({ node, hits: parser.hasAction ? hits : { ...hits, isPrinted: result === true } });
      if (hits.isPruned) break;
    }
    return visited;
  });
}

/** The parser is recursive. */
const MAX_EXPRESSION_WORDS = 500;

function split(words: readonly Glob[]): { readonly starts: readonly Glob[]; readonly expression: readonly Glob[] } {
  const first = words.findIndex((word) => !/^-[HLP]$/.test(word));
  const rest = first === -1 ? [] : words.slice(first);
  const end = rest.findIndex((word) => /^-.|^!$|^\($/s.test(word));
  const starts = end === -1 ? rest : rest.slice(0, end);
  return { starts: starts.length === 0 ? ['.'] : starts, expression: end === -1 ? [] : rest.slice(end) };
}

/** Names as they occur in every store. */
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
    return [{ path, shown: textOf(start), kind: 'unknown', depth: 0 }];
  }
  const top = displayedStart(start, store.slice(0, names.length));
  const below = store.slice(names.length);
  const at = (depth: number, kind: Node['kind'], more: readonly string[]): Node => ({
    path: joinNames([...store.slice(0, names.length), ...more]),
    shown: [top, ...more].join('/'),
    kind,
    depth,
  });
  const folders = [...Array(below.length + 1).keys()].map((depth) => at(depth, 'folder', below.slice(0, depth)));
  return [...folders, ...SAMPLES.map((name) => at(below.length + 1, 'file', [...below, name]))];
}

function displayedStart(start: Glob, names: readonly string[]): string {
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
      left = (node, hits) => {
        const result = first(node, hits);
        return result === false ? second(node, hits) : result;
      };
    }
    return left;
  }

  #both(): Test {
    let left = this.#single();
    while (this.#at < this.words.length && !['-o', '-or', ')', ','].includes(this.#word())) {
      this.#skip('-a', '-and');
      const [first, second] = [left, this.#single()];
      left = (node, hits) => {
        const result = first(node, hits);
        return result === true ? second(node, hits) : result;
      };
    }
    return left;
  }

  #single(): Test {
    if (this.#skip('!', '-not')) {
      const inner = this.#single();
      return (node, hits) => {
        const result = inner(node, hits);
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
        return this.#matching((node) => node.shown.replace(/^.*\//s, ''));
      case '-iname': {
        const glob = this.#take().toLowerCase();
        return (node) => matchesText(glob, node.shown.replace(/^.*\//s, '').toLowerCase());
      }
      case '-path':
      case '-wholename':
        return this.#matching((node) => node.shown);
      case '-type':
        return this.#ofType(this.#take());
      case '-empty':
        return () => false;
      case '-delete':
        return this.#action((hits) => (hits.isDeleted = true));
      case '-prune':
        return (_node, hits) => (hits.isPruned = true);
      case '-print':
      case '-print0':
        return this.#action((hits) => (hits.isPrinted = true));
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

  /** Of a test that cannot be predicted; its argument cannot be mistaken for another test. */
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

  #action(act: (hits: Hits) => void): Test {
    this.hasAction = true;
    return (_node, hits) => {
      act(hits);
      return true;
    };
  }

  #command(): Test {
    const rest = this.words.slice(this.#at);
    const end = rest.findIndex((word) => /^\\?[;+]$/.test(word));
    const command = end === -1 ? rest : rest.slice(0, end);
    this.#at += command.length + 1;
    return this.#action((hits) => hits.commands.push(command));
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
