/**
 * Parses JSON (RFC 8259) from bytes and reports its parts to a listener, without building values. Stops at the first
 * invalid byte. Reports duplicate keys each time. Does not recurse, so only the length of the input limits its depth.
 */
export function readJson(bytes: Buffer, start: number, listener: JsonListener): JsonEnd {
  const stack: number[] = [];
  let at = start;
  let expecting: 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'comma-or-end' = 'value';
  for (;;) {
    at = skipSpace(bytes, at);
    const byte = bytes[at];
    const container = stack.at(-1);
    if (byte === undefined) return { at, isComplete: false };
    const closes = byte === (container === OPEN_OBJECT ? CLOSE_OBJECT : container === OPEN_ARRAY ? CLOSE_ARRAY : -1);
    if (closes && (expecting === 'comma-or-end' || expecting === 'value-or-end' || expecting === 'key-or-end')) {
      stack.pop();
      listener.onClose();
      at++;
    } else if (expecting === 'comma-or-end') {
      if (byte !== COMMA) return { at, isComplete: false };
      at++;
      expecting = container === OPEN_OBJECT ? 'key' : 'value';
      continue;
    } else if (expecting === 'key' || expecting === 'key-or-end') {
      const end = byte === QUOTE ? endOfString(bytes, at) : -1;
      if (end === -1) return { at, isComplete: false };
      const colon = skipSpace(bytes, end);
      if (bytes[colon] !== COLON) return { at: colon, isComplete: false };
      listener.onKey(at, end);
      at = colon + 1;
      expecting = 'value';
      continue;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      stack.push(byte);
      listener.onOpen(byte === OPEN_OBJECT ? 'object' : 'array');
      at++;
      expecting = byte === OPEN_OBJECT ? 'key-or-end' : 'value-or-end';
      continue;
    } else {
      const end = byte === QUOTE ? endOfString(bytes, at) : endOfWord(bytes, at);
      if (end === -1) return { at, isComplete: false };
      listener.onScalar(at, end);
      at = end;
    }
    if (stack.length === 0) return { at, isComplete: true };
    expecting = 'comma-or-end';
  }
}

/** Positions are byte offsets; strings include their quotes. */
export interface JsonListener {
  onKey(start: number, end: number): void;
  onScalar(start: number, end: number): void;
  onOpen(kind: 'object' | 'array'): void;
  onClose(): void;
}

export interface JsonEnd {
  /** The end of the value, or the first invalid byte. */
  readonly at: number;
  readonly isComplete: boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The next position that is not JSON white space. */
export function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return at;
    at++;
  }
}

function endOfString(bytes: Buffer, start: number): number {
  for (let at = start + 1; ; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === undefined || byte < 0x20) return -1;
    if (byte !== BACKSLASH) continue;
    const escape = bytes[++at];
    if (escape === undefined || !ESCAPES.has(escape)) return -1;
    if (escape !== 0x75) continue;
    for (let digit = 0; digit < 4; digit++) if (!HEX_DIGITS.has(bytes[++at] ?? 0)) return -1;
  }
}

/** A number, `true`, `false` or `null`. */
function endOfWord(bytes: Buffer, start: number): number {
  let end = start;
  while (end - start < MAX_WORD_BYTES && WORD_BYTES.has(bytes[end] ?? 0)) end++;
  return SCALAR.test(bytes.toString('latin1', start, end)) ? end : -1;
}

const MAX_WORD_BYTES = 1024;
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/;
const ESCAPES = new Set(Buffer.from('"\\/bfnrtu'));
const HEX_DIGITS = new Set(Buffer.from('0123456789abcdefABCDEF'));
const WORD_BYTES = new Set(Buffer.from('+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$'));
