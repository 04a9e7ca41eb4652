import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';

/** A configuration file's JSON, with comments, and everything that is found to be wrong with it. */
export class ConfigurationDocument {
  readonly problems: string[] = [];
  readonly #text: string;

  constructor(
    text: string,
    private readonly path: string,
    private readonly onWarning: (warning: string) => void,
  ) {
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  /** The file's one value; undefined where there is none, or no JSON. */
  parse(): Node | undefined {
    const errors: ParseError[] = [];
    const tree = this.#parseTree(errors);
    for (const { error, offset } of errors.slice(0, 3)) {
      this.problems.push(`${this.#place(offset)}: not valid JSON (${printParseErrorCode(error)})`);
    }
    return errors.length > 0 ? undefined : tree;
  }

  #parseTree(errors: ParseError[]): Node | undefined {
    try {
      return parseTree(this.#text, errors, { allowTrailingComma: true, allowEmptyContent: true });
    } catch (error) {
      // The parser goes down by calling itself, and thousands of brackets are deeper than the stack.
      if (!(error instanceof RangeError)) throw error;
      this.problems.push(`${this.path}:1: its brackets are nested too deeply`);
      return undefined;
    }
  }

  refuse({ offset }: Node, problem: string): void {
    this.problems.push(`${this.#place(offset)}: ${problem}`);
  }

  refuseValue(node: Node, key: string, expected: string): void {
    const actual = this.#text.slice(node.offset, node.offset + Math.min(node.length, 60));
    this.refuse(node, `${key} must be ${expected}, not ${actual}`);
  }

  warn({ offset }: Node, warning: string): void {
    this.onWarning(`${this.#place(offset)}: ${warning}`);
  }

  #place(offset: number): string {
    return `${this.path}:${String(this.#text.slice(0, offset).split('\n').length)}`;
  }
}
