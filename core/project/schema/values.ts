import type { Rule, Value } from './schema.js';

export const FLAG: Value<boolean> = {
  kind: 'value',
  expected: 'true or false',
  isValid: (value) => typeof value === 'boolean',
  json: () => ({ type: 'boolean' }),
  parse: (text) => FLAG_TEXTS.get(text.toLowerCase()),
  expectedText: '1, true, 0 or false',
};

const FLAG_TEXTS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
]);

/** From `min` to `max`, or 0 if `orZero`. */
export function wholeNumber(
  range: { readonly min: number; readonly max: number; readonly orZero?: boolean },
  unit = '',
): Value<number> {
  const { min, max, orZero = false } = range;
  const limits = { minimum: min, maximum: max };
  return {
    kind: 'value',
    expected: `${orZero ? '0, or ' : ''}a whole number ${unit}from ${String(min)} to ${String(max)}`,
    isValid: (value): value is number =>
      typeof value === 'number' &&
      Number.isInteger(value) &&
      ((value >= min && value <= max) || (orZero && value === 0)),
    json: () => ({ type: 'integer', ...(orZero ? { anyOf: [{ const: 0 }, limits] } : limits) }),
    parse: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  };
}

interface TextChecks {
  /** With the flag `u`, as editors read patterns. */
  readonly pattern: () => RegExp;
  readonly maxLength?: number;
  /** A check that no pattern can express; editors omit it. */
  readonly check?: (text: string) => boolean;
  readonly convert?: (text: string, home: string | undefined) => string | undefined;
}

export function text(expected: string, { pattern, maxLength = Infinity, check, convert }: TextChecks): Value<string> {
  return {
    kind: 'value',
    expected,
    isValid: (value): value is string =>
      typeof value === 'string' &&
      pattern().test(value) &&
      // JSON schema counts characters, not UTF-16 units.
      (value.length <= maxLength || Array.from(value).length <= maxLength) &&
      (check === undefined || check(value)),
    json: () => ({
      type: 'string',
      ...(maxLength !== Infinity && { maxLength }),
      pattern: pattern().source,
      // VS Code shows this keyword's text instead of the pattern.
      patternErrorMessage: `This must be ${expected}.`,
    }),
    parse: (value) => value,
    ...(convert !== undefined && { convert }),
  };
}

export function choice<const T extends string>(first: T, ...others: readonly [...T[], T]): Value<T> {
  const all: readonly T[] = [first, ...others];
  const quoted = all.map((value) => JSON.stringify(value));
  return {
    kind: 'value',
    expected: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`,
    isValid: (value): value is T => all.some((one) => one === value),
    json: () => ({ enum: all }),
    parse: (value) => value,
  };
}

export function exactlyOne(first: string, second: string): Rule {
  return {
    problem: ({ has }) => (has(first) === has(second) ? `needs either ${first} or ${second}` : undefined),
    json: () => ({ oneOf: [{ required: [first] }, { required: [second] }] }),
  };
}

export function together(first: string, second: string): Rule {
  return {
    problem: ({ has }) => (has(first) === has(second) ? undefined : `needs both ${first} and ${second}, or neither`),
    json: () => ({ dependencies: { [first]: [second], [second]: [first] } }),
  };
}
