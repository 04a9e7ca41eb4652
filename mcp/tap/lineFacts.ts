import { isUtf8 } from 'node:buffer';
import { readJson, skipSpace, type JsonListener } from './jsonBytes.js';

/**
 * The facts about one line that the tap needs. A duplicate key counts each time, because parsers differ in which one
 * they use. Keys are compared as the most lenient parser would: without case (Go's encoding/json, including the long
 * s and the Kelvin sign) and up to a NUL (C strings).
 */
export function readLine(line: Buffer): LineFacts {
  const start = hasByteOrderMark(line) ? 3 : 0;
  const first = skipSpace(line, start);
  if (first >= line.length) return { messages: [], isBatch: false, isIrregular: false };

  const listener = new MessageListener(line);
  const end = readJson(line, first, listener);
  const isOneValue = end.isComplete && skipSpace(line, end.at) >= line.length;
  const isIrregular = !isOneValue || listener.isScalar || !isUtf8(line) || mayBeSplit(line);
  return { messages: listener.messages, isBatch: line[first] === OPEN_ARRAY, isIrregular };
}

export interface LineFacts {
  readonly messages: readonly MessageFacts[];
  readonly isBatch: boolean;
  /** True if this is not one strict JSON value. `messages` then covers only the part before the first invalid byte. */
  readonly isIrregular: boolean;
}

/** One JSON-RPC message. Each list contains every value found, in order. */
export interface MessageFacts {
  readonly methods: string[];
  /** The id as written (`7`, `"a"`); the last one of several. */
  idText: string | undefined;
  /** `params.name`; undefined stands for a name that is not a string. */
  readonly names: (string | undefined)[];
  /** `params.requestId` as written. */
  readonly requestIdTexts: string[];
  /** `params.level`. */
  readonly levels: string[];
  /** `params._meta["io.modelcontextprotocol/logLevel"]`. */
  readonly metaLevels: string[];
  /** Feature ids among the arguments, as digits. */
  readonly featureIds: string[];
  /** Whether it has a `result` or an `error`. */
  isResponse: boolean;
}

type Role = 'batch' | 'message' | 'params' | 'meta' | 'arguments' | 'feature-ids' | 'other';

/** Collects facts while the line is parsed. `roles` is a stack with the meaning of each open container. */
class MessageListener implements JsonListener {
  readonly messages: MessageFacts[] = [];
  isScalar = false;
  private readonly roles: Role[] = [];
  private readonly bytes: Buffer;
  private key = '';

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  onKey(start: number, end: number): void {
    const role = this.roles.at(-1);
    if (role === 'other' || role === 'feature-ids') return;
    this.key = end - start > MAX_KEY_BYTES ? this.shortKey(start) : normalizeKey(this.text(start, end));
  }

  onOpen(kind: 'object' | 'array'): void {
    const parent = this.roles.at(-1);
    const role = this.roleWithin(parent, kind);
    if (role === 'message') this.messages.push(newMessage());
    if (parent === 'params' && this.key === 'name') this.current?.names.push(undefined);
    if (parent === 'message') this.noteResponse();
    this.roles.push(role);
  }

  onClose(): void {
    this.roles.pop();
  }

  onScalar(start: number, end: number): void {
    const role = this.roles.at(-1);
    if (role === undefined) this.isScalar = true;
    const message = this.current;
    if (message === undefined || role === undefined || role === 'other') return;
    if (role === 'message') this.noteField(message, start, end);
    if (role === 'params') this.noteParameter(message, start, end);
    if (role === 'meta' && this.key === LOG_LEVEL_KEY) message.metaLevels.push(this.text(start, end));
    if (role === 'feature-ids' || (role === 'arguments' && FEATURE_ID_KEYS.has(this.key))) {
      const word = this.bytes.toString('latin1', start, Math.min(end, start + 16));
      if (/^[0-9]{1,15}$/.test(word)) message.featureIds.push(word);
    }
  }

  private get current(): MessageFacts | undefined {
    return this.messages.at(-1);
  }

  private roleWithin(parent: Role | undefined, kind: 'object' | 'array'): Role {
    // Nested arrays at the top count as batches, because a lenient server may flatten them.
    if (parent === undefined || parent === 'batch') return kind === 'array' ? 'batch' : 'message';
    if (parent === 'message' && this.key === 'params' && kind === 'object') return 'params';
    if (parent === 'params' && this.key === 'arguments' && kind === 'object') return 'arguments';
    if (parent === 'params' && this.key === '_meta' && kind === 'object') return 'meta';
    if (parent === 'arguments' && FEATURE_ID_KEYS.has(this.key) && kind === 'array') return 'feature-ids';
    return 'other';
  }

  private noteField(message: MessageFacts, start: number, end: number): void {
    if (this.key === 'method') message.methods.push(this.text(start, end));
    if (this.key === 'id' && end - start <= MAX_ID_BYTES) message.idText = this.bytes.toString('utf8', start, end);
    this.noteResponse();
  }

  private noteResponse(): void {
    if (this.current !== undefined && (this.key === 'result' || this.key === 'error')) this.current.isResponse = true;
  }

  private noteParameter(message: MessageFacts, start: number, end: number): void {
    const isString = this.bytes[start] === 0x22;
    if (this.key === 'name') message.names.push(isString ? this.text(start, end) : undefined);
    if (this.key === 'requestid') message.requestIdTexts.push(this.bytes.toString('utf8', start, end));
    if (this.key === 'level') message.levels.push(this.text(start, end));
  }

  /** A long key can match a known one only in a parser that ends it at a NUL. */
  private shortKey(start: number): string {
    const beginning = this.bytes.toString('utf8', start, start + MAX_KEY_BYTES);
    const end = beginning.indexOf('\\u0000');
    if (end === -1) return '';
    const escaped = beginning.slice(0, end);
    // After an odd number of backslashes, the last one belongs to the `u`.
    const isEscapedBackslash = (/\\*$/.exec(escaped)?.[0].length ?? 0) % 2 === 1;
    return isEscapedBackslash ? '' : normalizeKey(String(JSON.parse(`${escaped}"`)));
  }

  /** A string's value, or the text of any other scalar. */
  private text(start: number, end: number): string {
    const text = this.bytes.toString('utf8', start, end);
    if (this.bytes[start] !== 0x22) return text;
    return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
  }
}

const OPEN_ARRAY = 0x5b;
/** Longer than any known key with every letter escaped. */
const MAX_KEY_BYTES = 256;
const MAX_ID_BYTES = 4096;
const LOG_LEVEL_KEY = 'io.modelcontextprotocol/loglevel';
const FEATURE_ID_KEYS = new Set(['feature_id', 'feature_ids', 'id', 'ids']);

function newMessage(): MessageFacts {
  return {
    methods: [],
    idText: undefined,
    names: [],
    requestIdTexts: [],
    levels: [],
    metaLevels: [],
    featureIds: [],
    isResponse: false,
  };
}

function normalizeKey(key: string): string {
  return textBeforeNul(key).toUpperCase().toLowerCase();
}

/** A string up to its first NUL, as C reads it. */
export function textBeforeNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

function hasByteOrderMark(line: Buffer): boolean {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf;
}

/**
 * Whether some server would read several lines here: Python's universal newlines split at a lone carriage return,
 * Node's readline also at U+2028 and U+2029, `str.splitlines` at U+0085. The middle of this line could then be a
 * message.
 */
function mayBeSplit(line: Buffer): boolean {
  let end = line.length;
  if (line[end - 1] === 0x0a) end--;
  if (line[end - 1] === 0x0d) end--;
  const body = line.subarray(0, end);
  return body.includes(0x0d) || SEPARATORS.some((separator) => body.includes(separator));
}

const SEPARATORS = ['\u2028', '\u2029', '\u0085'].map((separator) => Buffer.from(separator));
