/** A part of a word. Only unquoted text can contain a glob. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'variable'; readonly name: string }
  /** `$(script)` or backquotes. */
  | { readonly kind: 'script'; readonly script: string }
  /** An expansion whose value cannot be predicted. */
  | { readonly kind: 'unknown' };

export type Word = readonly WordPart[];

export type Token =
  | { readonly kind: 'word'; readonly word: Word }
  /** Output goes to this file. */
  | { readonly kind: 'output'; readonly word: Word }
  /** The text of a here-document, for the command before it. */
  | { readonly kind: 'document'; readonly text: string }
  | { readonly kind: 'operator'; readonly operator: Operator };

/** `;` also stands for a line break, `&`, `&&` and `||`. */
export type Operator = ';' | '|' | '(' | ')';

/** Splits a script for sh or bash into tokens. Never throws: the end of the text closes everything that is open. */
export function splitScript(script: string): readonly Token[] {
  return new Splitter(script).split();
}

class Splitter {
  #at = 0;
  readonly #tokens: Token[] = [];
  readonly #awaited: { readonly delimiter: string; readonly index: number }[] = [];

  constructor(private readonly script: string) {}

  split(): readonly Token[] {
    while (this.#at < this.script.length) this.#readToken();
    return this.#tokens;
  }

  #readToken(): void {
    if (this.#skip(/[ \t\r]+|\\\n|#[^\n]*/y)) return;
    const redirect = this.#take(/(?:\d*|&)(?:<<<|<<-?|<>|<&|<(?!\()|>>|>\||>&|>(?!\())/y);
    if (redirect !== undefined) {
      this.#redirect(redirect);
      return;
    }
    const operator = this.#take(/\n|&&|\|\||;;?&?|\|&|[&|()]|[<>]\(/y);
    if (operator === undefined) this.#tokens.push({ kind: 'word', word: this.#word() });
    else this.#operator(operator);
    if (operator === '\n') this.#readDocuments();
  }

  #operator(text: string): void {
    if (text.endsWith('(') || text === ')') this.#push(text === ')' ? ')' : '(');
    else this.#push(text === '|' || text === '|&' ? '|' : ';');
  }

  #push(operator: Operator): void {
    this.#tokens.push({ kind: 'operator', operator });
  }

  #redirect(redirect: string): void {
    this.#skip(/[ \t]+/y);
    if (redirect.includes('<<') && !redirect.includes('<<<')) {
      const delimiter = this.#word().map((part) => (part.kind === 'text' ? part.text : ''));
      this.#awaited.push({ delimiter: delimiter.join(''), index: this.#tokens.length });
      this.#tokens.push({ kind: 'document', text: '' });
      return;
    }
    // `2>&1` names a descriptor, not a file.
    if (redirect.endsWith('&') && this.#skip(/\d+-?|-/y)) return;
    const word = this.#word();
    if (redirect.includes('>') && !redirect.includes('<')) this.#tokens.push({ kind: 'output', word });
  }

  /** The bodies start after the line. */
  #readDocuments(): void {
    for (const { delimiter, index } of this.#awaited.splice(0)) {
      const lines: string[] = [];
      while (this.#at < this.script.length) {
        const line = this.#take(/[^\n]*\n?/y) ?? '';
        if (line.trim() === delimiter) break;
        lines.push(line);
      }
      this.#tokens[index] = { kind: 'document', text: lines.join('') };
    }
  }

  #word(): Word {
    const parts: WordPart[] = [];
    for (;;) {
      const plain = this.#take(/[^\s;&|()<>'"\\$`]+/y);
      if (plain !== undefined) parts.push({ kind: 'text', text: plain, isQuoted: false });
      else if (!this.#special(parts)) return parts;
    }
  }

  /** False at the end of the word. */
  #special(parts: WordPart[]): boolean {
    const { script } = this;
    switch (script[this.#at]) {
      case "'":
        this.#at += 1;
        parts.push({ kind: 'text', text: this.#upTo("'"), isQuoted: true });
        return true;
      case '"':
        this.#at += 1;
        this.#doubleQuoted(parts);
        return true;
      case '\\': {
        const text = script.slice(this.#at + 1, this.#at + 2);
        this.#at += 2;
        if (text !== '\n') parts.push({ kind: 'text', text, isQuoted: true });
        return true;
      }
      case '$':
      case '`':
        parts.push(this.#expansion());
        return true;
      default:
        return false;
    }
  }

  #doubleQuoted(parts: WordPart[]): void {
    parts.push({ kind: 'text', text: '', isQuoted: true });
    while (this.#at < this.script.length && !this.#skip(/"/y)) {
      const escaped = this.#take(/\\[$`"\\\n]/y);
      const text = escaped === undefined ? this.#take(/(?:[^"\\$`]|\\(?![$`"\\\n]))+/y) : escaped.slice(1);
      if (text === undefined) parts.push(this.#expansion());
      else if (text !== '\n' || escaped === undefined) parts.push({ kind: 'text', text, isQuoted: true });
    }
  }

  #expansion(): WordPart {
    if (this.#skip(/`/y)) return { kind: 'script', script: this.#upTo('`') };
    const name = /^\$\{?(\w+)/.exec(this.#take(/\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})/y) ?? '')?.[1];
    if (name !== undefined) return { kind: 'variable', name };
    if (this.#skip(/\$'/y)) return { kind: 'text', text: this.#upTo("'"), isQuoted: true };
    if (this.#skip(/\$\(\(/y)) return this.#unknownUpTo('))');
    if (this.#skip(/\$\(/y)) return { kind: 'script', script: this.#upToParenthesis() };
    if (this.#skip(/\$\{/y)) return this.#unknownUpTo('}');
    if (this.#skip(/\$[\d?!#@*$-]/y)) return { kind: 'unknown' };
    this.#at += 1;
    return { kind: 'text', text: '$', isQuoted: true };
  }

  #unknownUpTo(end: string): WordPart {
    this.#upTo(end);
    return { kind: 'unknown' };
  }

  #upTo(end: string): string {
    const index = this.script.indexOf(end, this.#at);
    const stop = index === -1 ? this.script.length : index;
    const text = this.script.slice(this.#at, stop);
    this.#at = stop + end.length;
    return text;
  }

  /** Reads up to the matching parenthesis; quoted ones do not count. */
  #upToParenthesis(): string {
    const start = this.#at;
    for (let depth = 1; this.#at < this.script.length;) {
      if (this.#skip(/'[^']*'?|"(?:[^"\\]|\\.)*"?|\\./sy) || this.#skip(/[^()'"\\]+/y)) continue;
      depth += this.#take(/[()]/y) === '(' ? 1 : -1;
      if (depth === 0) return this.script.slice(start, this.#at - 1);
    }
    return this.script.slice(start);
  }

  #skip(pattern: RegExp): boolean {
    return this.#take(pattern) !== undefined;
  }

  /** `pattern` is sticky. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [text] = pattern.exec(this.script) ?? [];
    if (text === undefined || text === '') return undefined;
    this.#at += text.length;
    return text;
  }
}
