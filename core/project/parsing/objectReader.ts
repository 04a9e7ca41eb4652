import type { Node } from 'jsonc-parser';
import type { ConfigurationDocument } from './document.js';

/** One object of the file. Invalid values are reported to the document and omitted. */
export class ObjectReader {
  readonly #values = new Map<string, Node>();

  /** `name` is the object's key for messages, empty for the whole file. Unknown keys are warnings. */
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
      // As in JSON.parse, the last one of repeated keys counts.
      if (known.includes(key)) this.#values.set(key, value);
      else document.warn(property, `unknown key ${JSON.stringify(this.#nameOf(key))} was ignored`);
    }
  }

  value<T>(key: string, isValid: (value: unknown) => value is T, expected: string): T | undefined {
    const node = this.#values.get(key);
    return node === undefined ? undefined : this.#checked(node, this.#nameOf(key), isValid, expected);
  }

  required<T>(key: string, isValid: (value: unknown) => value is T, expected: string): T | undefined {
    if (!this.#values.has(key)) this.refuse(`${this.#nameOf(key)} is missing: it must be ${expected}`);
    return this.value(key, isValid, expected);
  }

  object(key: string, known: readonly string[]): ObjectReader | undefined {
    const node = this.#values.get(key);
    return node === undefined ? undefined : new ObjectReader(this.document, node, this.#nameOf(key), known);
  }

  objects(key: string, known: readonly string[]): readonly ObjectReader[] | undefined {
    return this.#items(key, 'a list of objects')?.map(
      ({ node, name }) => new ObjectReader(this.document, node, name, known),
    );
  }

  /** The values of a list; invalid ones are reported and omitted. */
  values<T>(key: string, isValid: (value: unknown) => value is T, expected: string): readonly T[] | undefined {
    return this.#items(key, `a list, each ${expected}`)?.flatMap(({ node, name }) => {
      const value = this.#checked(node, name, isValid, expected);
      return value === undefined ? [] : [value];
    });
  }

  /** Removes a key that is not allowed here, with a warning. */
  ignore(key: string, reason: string): void {
    const node = this.#values.get(key);
    if (node === undefined) return;
    this.#values.delete(key);
    this.document.warn(node, `${JSON.stringify(this.#nameOf(key))} was ignored: ${reason}`);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Reports a problem of this object, or of the value of `key`. */
  refuse(problem: string, key?: string): void {
    this.document.refuse((key === undefined ? undefined : this.#values.get(key)) ?? this.node, problem);
  }

  /** Reports a problem of this object; `problem` follows its name. */
  refuseObject(problem: string): void {
    this.refuse(`${this.name} ${problem}`);
  }

  #items(key: string, expected: string): readonly { readonly node: Node; readonly name: string }[] | undefined {
    const list = this.#values.get(key);
    if (list === undefined) return undefined;
    if (list.type !== 'array') this.document.refuseValue(list, this.#nameOf(key), expected);
    return (list.children ?? []).map((node, index) => ({ node, name: `${this.#nameOf(key)}[${String(index)}]` }));
  }

  #checked<T>(node: Node, name: string, isValid: (value: unknown) => value is T, expected: string): T | undefined {
    const value: unknown = node.value;
    if (isValid(value)) return value;
    this.document.refuseValue(node, name, expected);
    return undefined;
  }

  #nameOf(key: string): string {
    return this.name === '' ? key : `${this.name}.${key}`;
  }
}
