import { expandBraces, quoteGlob, UNKNOWN, type Glob } from './namePattern.js';
import { splitScript, type Token, type Word, type WordPart } from './shellTokens.js';

/** The state of a shell when it runs a command. */
export interface ShellState {
  /** Undefined if unknown. */
  cwd: string | undefined;
  previous: string | undefined;
  readonly variables: Map<string, Glob>;
  /** `*` also matches names with a leading dot. */
  matchesDots: boolean;
  /** The nesting depth of this script. */
  readonly depth: number;
}

/** A command with its expanded words, without redirections. */
export interface ShellCommand {
  readonly words: readonly Glob[];
  /** The files that its output goes to. */
  readonly outputs: readonly Glob[];
  /** The text of its here-documents. */
  readonly document: string;
  /** The command whose output it reads through a pipe. */
  readonly source: ShellCommand | undefined;
}

/** Handles one command in the current state of the shell, which it may change. The first result ends the walk. */
export type VisitCommand<T> = (command: ShellCommand, state: ShellState) => T | undefined;

/** Passes each command of a script to `visitCommand`, in order, as if every condition were true. */
export function walkScript<T>(script: string, state: ShellState, visitCommand: VisitCommand<T>): T | undefined {
  return state.depth > MAX_DEPTH ? undefined : new Walk(state, visitCommand).run(splitScript(script));
}

/** Like `walkScript`, for a script that another one runs. Does not change the state of the outer script. */
export function walkInnerScript<T>(script: string, state: ShellState, visitCommand: VisitCommand<T>): T | undefined {
  return walkScript(script, copyOf(state, state.depth + 1), visitCommand);
}

function copyOf(state: ShellState, depth: number): ShellState {
  return { ...state, variables: new Map(state.variables), depth };
}

const MAX_DEPTH = 6;

const KEYWORDS: ReadonlySet<string> = new Set([
  ...['if', 'then', 'else', 'elif', 'fi', 'do', 'done', 'while', 'until', '{', '}', '!'],
]);

class Walk<T> {
  #state: ShellState;
  readonly #outer: ShellState[] = [];
  #words: Glob[] = [];
  #outputs: Glob[] = [];
  #document = '';
  #source: ShellCommand | undefined;
  #result: T | undefined;

  constructor(
    state: ShellState,
    private readonly visitCommand: VisitCommand<T>,
  ) {
    this.#state = state;
  }

  run(tokens: readonly Token[]): T | undefined {
    for (const token of [...tokens, END]) {
      this.#step(token);
      if (this.#result !== undefined) return this.#result;
    }
    return undefined;
  }

  #step(token: Token): void {
    switch (token.kind) {
      case 'word':
        this.#words.push(...this.#expand(token.word));
        break;
      case 'output':
        this.#outputs.push(...this.#expand(token.word));
        break;
      case 'document':
        this.#document += token.text;
        break;
      case 'operator':
        this.#source = this.#finish(token.operator === '|');
        if (token.operator === '(') {
          this.#outer.push(this.#state);
          this.#state = copyOf(this.#state, this.#state.depth);
        } else if (token.operator === ')') this.#state = this.#outer.pop() ?? this.#state;
    }
  }

  /** Visits the command that ends here, and returns it if it feeds a pipe. */
  #finish(isPiped: boolean): ShellCommand | undefined {
    const command = this.#nextCommand();
    if (command === undefined) return undefined;
    this.#result ??= this.visitCommand(command, this.#state);
    return isPiped ? command : undefined;
  }

  /** Undefined if there is no command, or only assignments, which are applied. */
  #nextCommand(): ShellCommand | undefined {
    const words = this.#words.splice(0);
    while (words[0] !== undefined && KEYWORDS.has(words[0])) words.shift();
    const assigned = words.findIndex((word) => !ASSIGNMENT.test(word));
    const assignments = assigned === -1 ? words.splice(0) : words.splice(0, assigned);
    const command = { words, outputs: this.#outputs.splice(0), document: this.#document, source: this.#source };
    this.#document = '';
    if (words.length > 0) return command;
    for (const assignment of assignments) assign(assignment, this.#state);
    return command.outputs.length > 0 ? command : undefined;
  }

  #expand(word: Word): readonly Glob[] {
    return expandBraces(word.map((part, index) => this.#valueOf(part, index === 0)).join(''));
  }

  #valueOf(part: WordPart, isFirst: boolean): Glob {
    switch (part.kind) {
      case 'text':
        return part.isQuoted ? quoteGlob(part.text) : isFirst ? this.#withHome(part.text) : part.text;
      case 'variable':
        return this.#variable(part.name);
      case 'script':
        return this.#outputOf(part.script);
      case 'unknown':
        return UNKNOWN;
    }
  }

  #withHome(text: string): Glob {
    const home = this.#state.variables.get('HOME');
    if (!/^~(?:\/|$)/.test(text)) return text;
    return home === undefined ? UNKNOWN : home + text.slice(1);
  }

  #variable(name: string): Glob {
    const { cwd, variables } = this.#state;
    if (name === 'PWD' && cwd !== undefined) return quoteGlob(cwd);
    return variables.get(name) ?? UNKNOWN;
  }

  #outputOf(script: string): Glob {
    this.#result ??= walkInnerScript(script, this.#state, this.visitCommand);
    const { cwd } = this.#state;
    return script.trim() === 'pwd' && cwd !== undefined ? quoteGlob(cwd) : UNKNOWN;
  }
}

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/** Sets a variable as `NAME=value` does. */
export function assign(assignment: Glob, { variables }: ShellState): void {
  const at = assignment.indexOf('=');
  variables.set(
    assignment.slice(0, at).replace('+', ''),
    assignment.includes('+=') ? UNKNOWN : assignment.slice(at + 1),
  );
}

const END: Token = { kind: 'operator', operator: ';' };
