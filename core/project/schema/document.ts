import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';

/** A text in JSON with comments, and all problems that are found in it. */
export class ConfigurationDocument {
  readonly problems: string[] = [];
  readonly #text: string;

  constructor(
    text: string,
    readonly path: string,
    private readonly onWarning: ((warning: string) => void) | undefined,
  ) {
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  /** The file's one value; undefined if it is empty or not JSON. */
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
      // The parser is recursive; thousands of brackets overflow the stack.
      if (!(error instanceof RangeError)) throw error;
      this.problems.push(`${this.path}:1: the brackets are nested too deeply`);
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
    this.onWarning?.(`${this.#place(offset)}: ${warning}`);
  }

  #place(offset: number): string {
    return `${this.path}:${String(this.#text.slice(0, offset).split('\n').length)}`;
  }
}
