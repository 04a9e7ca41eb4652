/** Keywords of JSON schema, draft 7. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A text, number or flag. */
export interface Value<T> {
  readonly kind: 'value';
  /** Ends the sentence "… must be". */
  readonly expected: string;
  readonly isValid: (value: unknown) => value is T;
  /** The same check for editors. */
  readonly json: () => JsonSchema;
  /** Converts a valid text to the one to use; undefined if it needs a home folder and `home` is unknown. */
  readonly convert?: (text: string, home: string | undefined) => string | undefined;
  /** The value that an environment variable contains. */
  readonly parse: (text: string) => unknown;
  /** Replaces `expected` in messages about environment variables. */
  readonly expectedText?: string;
}

export interface List<Item extends Value<unknown> | Entry<Properties>> {
  readonly kind: 'list';
  readonly item: Item;
  /** Follows the name of the object that contains the list, in the message about an empty list. */
  readonly ifEmpty?: string;
  /** The key whose values must differ, ignoring case, and the message if they do not. */
  readonly distinct?: { readonly key: string; readonly problem: (value: string) => string };
}

/** An object that is complete in itself: a layer of configuration replaces it as a whole. */
export interface Entry<P extends Properties> {
  readonly kind: 'entry';
  readonly properties: P;
  readonly rules: readonly Rule[];
}

/** An object whose keys are settings of their own: each can come from another layer of configuration. */
export interface Section<P extends Properties> {
  readonly kind: 'section';
  readonly properties: P;
}

/** A condition that concerns several keys of an entry. */
export interface Rule {
  /** The rest of a message that begins with the name of the entry; undefined if nothing is wrong. */
  readonly problem: (entry: { readonly has: (key: string) => boolean; readonly values: Values }) => string | undefined;
  readonly json: () => JsonSchema;
}

export type Values = Readonly<Record<string, unknown>>;

export type Schema =
  Value<unknown> | List<Value<unknown> | Entry<Properties>> | Entry<Properties> | Section<Properties>;

/** A key of an object. `Missing` is its value if neither a file nor a default sets it. */
export interface Property<S extends Schema = Schema, Missing = unknown> {
  readonly schema: S;
  /** Shown by editors. */
  readonly description: string;
  readonly isRequired?: boolean;
  /** Its value if no file sets it. */
  readonly default?: Read<S> | Missing;
  /** A default that depends on the other values of the same entry. */
  readonly defaultFrom?: (values: Values) => Read<S>;
  /** The environment variable that overrides it. */
  readonly variable?: string;
  /** Ignored in a project's file. */
  readonly isUserOnly?: boolean;
}

export type Properties = Readonly<Record<string, Property>>;

/** The type of a value as a file contains it. */
export type Read<S> =
  S extends Value<infer T>
    ? T
    : S extends List<infer Item>
      ? readonly Read<Item>[]
      : S extends Entry<infer P>
        ? { readonly [Key in keyof P]: ReadProperty<P[Key]> }
        : S extends Section<infer P>
          ? { readonly [Key in keyof P]?: P[Key] extends Property<infer Inner> ? Read<Inner> : never }
          : never;

type ReadProperty<P> = P extends Property<infer S, infer Missing> ? Read<S> | Missing : never;

/** The type of one layer of configuration. */
export type Layer<P> = {
  readonly [Key in keyof P]?: (P[Key] extends Property<infer S> ? Read<S> : never) | undefined;
};

/** The type of all layers together: each setting has a value. */
export type Complete<P> = {
  readonly [Key in keyof P]: P[Key] extends Property<Section<infer Inner>> ? Complete<Inner> : ReadProperty<P[Key]>;
};

export function list<const Item extends Value<unknown> | Entry<Properties>>(
  item: Item,
  more: Pick<List<Item>, 'ifEmpty' | 'distinct'> = {},
): List<Item> {
  return { kind: 'list', item, ...more };
}

export function entry<const P extends Properties>(properties: P, ...rules: readonly Rule[]): Entry<P> {
  return { kind: 'entry', properties, rules };
}

export function section<const P extends Properties>(properties: P): Section<P> {
  return { kind: 'section', properties };
}

type Origin = Pick<Property, 'variable' | 'isUserOnly'>;

export function required<S extends Schema>(schema: S, description: string): Property<S, never> {
  return { schema, description, isRequired: true };
}

export function optional<S extends Schema>(schema: S, description: string, more: Origin = {}): Property<S, undefined> {
  return { schema, description, ...more };
}

export function withDefault<S extends Schema>(
  schema: S,
  value: NoInfer<Read<S>>,
  description: string,
  more: Origin = {},
): Property<S, never> {
  return { schema, description, default: value, ...more };
}

export function settings<P extends Properties>(
  schema: Section<P>,
  description: string,
  more: Origin = {},
): Property<Section<P>, never> {
  return { schema, description, ...more };
}
