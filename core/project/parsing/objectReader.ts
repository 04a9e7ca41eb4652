import type { Node } from 'jsonc-parser';
import type { ConfigurationDocument } from './document.js';

/** One object of the file, whose values are taken out by key. What is wrong is told to the document, and left out. */
export class ObjectReader {
  readonly #values = new Map<string, Node>();

  /** `name` is the key that led here, as messages say it: empty for the whole file. Unknown keys are warned about. */
  constructor(
    private readonly document: ConfigurationDocument,
    private readonly node: Node,
    private readonly name: string,
    known: readonly string[],
  ) {
    if (node.type !== 'object') {
      document.refuse(node, `${name === '' ? 'the file' : name} must be an object in braces`);
      return;
    }
    for (const property of node.children ?? []) {
      const [keyNode, value] = property.children ?? [];
      const key: unknown = keyNode?.value;
      if (typeof key !== 'string' || value === undefined) continue;
      // As JSON.parse has it: of a key given twice the last one counts.
      if (known.includes(key)) this.#values.set(key, value);
      else document.warn(property, `unknown key ${JSON.stringify(this.#nameOf(key))} was ignored`);
    }
  }

  value<T>(key: string, isRight: (value: unknown) => value is T, expected: string): T | undefined {
    const node = this.#values.get(key);
    return node === undefined ? undefined : this.#checked(node, this.#nameOf(key), isRight, expected);
  }

  /** A value that must be there. */
  needed<T>(key: string, isRight: (value: unknown) => value is T, expected: string): T | undefined {
    if (!this.#values.has(key)) this.refuse(`${this.#nameOf(key)} is missing: it must be ${expected}`);
    return this.value(key, isRight, expected);
  }

  object(key: string, known: readonly string[]): ObjectReader | undefined {
    const node = this.#values.get(key);
    return node === undefined ? undefined : new ObjectReader(this.document, node, this.#nameOf(key), known);
  }

  /** The objects of a list. */
  objects(key: string, known: readonly string[]): readonly ObjectReader[] | undefined {
    return this.#items(key, 'a list of objects')?.map(
      ({ node, name }) => new ObjectReader(this.document, node, name, known),
    );
  }

  /** The values of a list; wrong ones are told and left out. */
  values<T>(key: string, isRight: (value: unknown) => value is T, expected: string): readonly T[] | undefined {
    return this.#items(key, `a list, each ${expected}`)?.flatMap(({ node, name }) => {
      const value = this.#checked(node, name, isRight, expected);
      return value === undefined ? [] : [value];
    });
  }

  /** Takes a key out that may not stand here, and warns why. */
  ignore(key: string, reason: string): void {
    const node = this.#values.get(key);
    if (node === undefined) return;
    this.#values.delete(key);
    this.document.warn(node, `${JSON.stringify(this.#nameOf(key))} was ignored: ${reason}`);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Something is wrong with this object as a whole, or with the value of `key`. */
  refuse(problem: string, key?: string): void {
    this.document.refuse((key === undefined ? undefined : this.#values.get(key)) ?? this.node, problem);
  }

  /** `problem` follows this object's name. */
  refuseWhole(problem: string): void {
    this.refuse(`${this.name} ${problem}`);
  }

  #items(key: string, expected: string): readonly { readonly node: Node; readonly name: string }[] | undefined {
    const list = this.#values.get(key);
    if (list === undefined) return undefined;
    if (list.type !== 'array') this.document.refuseValue(list, this.#nameOf(key), expected);
    return (list.children ?? []).map((node, index) => ({ node, name: `${this.#nameOf(key)}[${String(index)}]` }));
  }

  #checked<T>(node: Node, name: string, isRight: (value: unknown) => value is T, expected: string): T | undefined {
    const value: unknown = node.value;
    if (isRight(value)) return value;
    this.document.refuseValue(node, name, expected);
    return undefined;
  }

  #nameOf(key: string): string {
    return this.name === '' ? key : `${this.name}.${key}`;
  }
}
