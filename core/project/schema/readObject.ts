import type { Node } from 'jsonc-parser';
import type { ConfigurationDocument } from './document.js';
import type { Entry, List, Properties, Property, Schema, Section, Value } from './schema.js';

export interface ReadOptions {
  /** Replaces `~` in paths. */
  readonly home: string | undefined;
  /** Allowed in the outermost object, and not read. */
  readonly ignoredKey?: string;
  /** Why keys that are valid only in the user configuration file are ignored; undefined in that file. */
  readonly userOnlyReason?: string | undefined;
  /** Reads only this key, and warns about nothing. */
  readonly only?: string;
}

type Context = ReadOptions & { readonly document: ConfigurationDocument };

/** The values of the file's object. Wrong values are reported to the document and left out. */
export function readObject(
  root: Node,
  properties: Properties,
  document: ConfigurationDocument,
  options: ReadOptions,
): Readonly<Record<string, unknown>> {
  const context: Context = { ...options, document };
  const nodes = nodesOf({ node: root, name: '' }, properties, context);
  if (options.userOnlyReason !== undefined) ignoreUserOnly(nodes, properties, options.userOnlyReason, document);
  const selected = Object.entries(properties).filter(([key]) => options.only === undefined || key === options.only);
  return valuesOf(selected, nodes, '', context);
}

/** A node, and its key as messages show it (`retention.keepLast`); empty for the whole file. */
interface NamedNode {
  readonly node: Node;
  readonly name: string;
}

function nodesOf(
  { node, name }: NamedNode,
  properties: Properties,
  { document, only, ignoredKey }: Context,
): Map<string, Node> {
  const nodes = new Map<string, Node>();
  if (node.type !== 'object') {
    document.refuse(node, `${name === '' ? 'the file' : name} must be an object in braces`);
    return nodes;
  }
  for (const property of node.children ?? []) {
    const [keyNode, value] = property.children ?? [];
    const key: unknown = keyNode?.value;
    if (typeof key !== 'string' || value === undefined) continue;
    // The last value of a repeated key counts, as in JSON.parse.
    if (Object.hasOwn(properties, key)) nodes.set(key, value);
    else if (only === undefined && (name !== '' || key !== ignoredKey)) {
      document.warn(property, `unknown key ${JSON.stringify(nameOf(name, key))} was ignored`);
    }
  }
  return nodes;
}

function ignoreUserOnly(
  nodes: Map<string, Node>,
  properties: Properties,
  reason: string,
  document: ConfigurationDocument,
): void {
  for (const [key, { isUserOnly }] of Object.entries(properties)) {
    const node = isUserOnly === true ? nodes.get(key) : undefined;
    if (node === undefined) continue;
    nodes.delete(key);
    document.warn(node, `${JSON.stringify(key)} was ignored: ${reason}`);
  }
}

function valuesOf(
  properties: readonly (readonly [string, Property])[],
  nodes: ReadonlyMap<string, Node>,
  parent: string,
  context: Context,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, { schema }] of properties) {
    const node = nodes.get(key);
    const value = node === undefined ? undefined : read(schema, { node, name: nameOf(parent, key) }, context);
    if (value !== undefined) values[key] = value;
  }
  return values;
}

function read(schema: Schema, named: NamedNode, context: Context): unknown {
  switch (schema.kind) {
    case 'value':
      return readValue(schema, named, context);
    case 'list':
      return readList(schema, named, context);
    case 'entry':
      return readEntry(schema, named, context);
    case 'section':
      return readSection(schema, named, context);
  }
}

function readValue(
  { isValid, expected, convert }: Value<unknown>,
  { node, name }: NamedNode,
  context: Context,
): unknown {
  const value: unknown = node.value;
  if (!isValid(value)) {
    context.document.refuseValue(node, name, expected);
    return undefined;
  }
  if (convert === undefined || typeof value !== 'string') return value;
  const converted = convert(value, context.home);
  if (converted === undefined) context.document.refuse(node, `${value} cannot be resolved because HOME is not set`);
  return converted;
}

function readList(
  { item, distinct }: List<Value<unknown> | Entry<Properties>>,
  list: NamedNode,
  context: Context,
): unknown {
  if (list.node.type !== 'array') {
    const expected = item.kind === 'value' ? `a list, each ${item.expected}` : 'a list of objects';
    context.document.refuseValue(list.node, list.name, expected);
    return undefined;
  }
  const usedValues = new Set<string>();
  return (list.node.children ?? []).flatMap((node, index) => {
    const named = { node, name: `${list.name}[${String(index)}]` };
    const value = read(item, named, context);
    if (value === undefined) return [];
    if (distinct !== undefined) {
      const own = String((value as Readonly<Record<string, unknown>>)[distinct.key]);
      const key = own.toLowerCase();
      if (usedValues.has(key)) context.document.refuse(node, `${named.name} ${distinct.problem(own)}`);
      usedValues.add(key);
    }
    return [value];
  });
}

function readSection({ properties }: Section<Properties>, named: NamedNode, context: Context): unknown {
  return valuesOf(Object.entries(properties), nodesOf(named, properties, context), named.name, context);
}

/** Undefined if a required value is missing or wrong. */
function readEntry({ properties, rules }: Entry<Properties>, named: NamedNode, context: Context): unknown {
  const nodes = nodesOf(named, properties, context);
  if (named.node.type !== 'object') return undefined;
  const entries = Object.entries(properties);
  const values = valuesOf(entries, nodes, named.name, context);
  for (const [key, { schema, isRequired }] of entries) {
    const problem = missingProblem(nodes.get(key), schema, isRequired === true);
    if (problem !== undefined) context.document.refuse(named.node, problem(named.name, key));
  }
  for (const { problem } of rules) {
    const message = problem({ has: (key) => nodes.has(key), values });
    if (message !== undefined) context.document.refuse(named.node, `${named.name} ${message}`);
  }
  if (entries.some(([key, { isRequired }]) => isRequired === true && values[key] === undefined)) return undefined;
  for (const [key, property] of entries) values[key] ??= property.default ?? property.defaultFrom?.(values);
  return values;
}

function missingProblem(
  node: Node | undefined,
  schema: Schema,
  isRequired: boolean,
): ((entry: string, key: string) => string) | undefined {
  const ifEmpty = schema.kind === 'list' ? schema.ifEmpty : undefined;
  if (ifEmpty !== undefined && (node?.children ?? []).length === 0) return (entry) => `${entry} ${ifEmpty}`;
  if (node !== undefined || !isRequired) return undefined;
  const expected = schema.kind === 'value' ? `: it must be ${schema.expected}` : '';
  return (entry, key) => `${nameOf(entry, key)} is missing${expected}`;
}

function nameOf(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`;
}
