import { reasonBefore } from '../../core/agents/index.js';
import { parseJson } from '../../core/system/index.js';
import { readLine, upToNul, type LineFacts, type MessageFacts } from './lineFacts.js';
import { detailOf, type KnownTools } from './tools.js';

/** What the tap has to do about one line from the client. */
export interface Judgement {
  /** The call that may write, where the line holds one; it must not pass before a backup was made. */
  readonly write: PendingWrite | undefined;
  /** Ids of requests whose calls the client gives up, as `idKey`. */
  readonly cancelled: readonly string[];
  /** Requests whose answers teach the tap something. */
  readonly asks: readonly { readonly idKey: string; readonly what: 'tools' | 'capabilities' }[];
  /** The level of a `logging/setLevel`. */
  readonly logLevel: string | undefined;
}

export interface PendingWrite {
  readonly tool: string | undefined;
  readonly reason: string;
  readonly detail: string | undefined;
  /** Every request of the line that wants an answer. */
  readonly requests: readonly { readonly idText: string; readonly idKey: string; readonly isCall: boolean }[];
  readonly isBatch: boolean;
  /** The level that this very call asks log messages for (protocol revision 2026-07-28). */
  readonly logLevel: string | undefined;
}

export function judgeLine(line: Buffer, tools: KnownTools): Judgement {
  const facts = readLine(line);
  const { messages } = facts;
  const writes = messages.filter((message) => isCall(message) && !isReadingCall(message, tools));
  return {
    write: writes.length > 0 || facts.isIrregular ? pendingWrite(facts, writes) : undefined,
    cancelled: messages.filter(({ methods }) => methods.includes('notifications/cancelled')).flatMap(cancelledIds),
    asks: messages.flatMap(askOf),
    logLevel: messages.findLast(({ methods }) => methods.includes('logging/setLevel'))?.levels.at(-1),
  };
}

/** A line of which only the beginning is known: nothing is sure but what stands there. */
export function judgeBeginning(beginning: Buffer, tools: KnownTools): PendingWrite {
  const facts = readLine(beginning);
  return pendingWrite(
    facts,
    facts.messages.filter((message) => isCall(message) && !isReadingCall(message, tools)),
  );
}

/** Two spellings of one id are one key; `1` and `"1"` are two. */
export function idKeyOf(idText: string): string {
  const id = parseJson(idText);
  return id === undefined ? `text:${idText}` : JSON.stringify(id);
}

function isCall({ methods }: MessageFacts): boolean {
  return methods.some((method) => upToNul(method).trim().toLowerCase() === 'tools/call');
}

/** Whichever of several names a reader takes, it must be one that only reads. */
function isReadingCall({ names }: MessageFacts, tools: KnownTools): boolean {
  return names.length > 0 && names.every((name) => name !== undefined && tools.isReading(name));
}

function pendingWrite({ messages, isBatch }: LineFacts, writes: readonly MessageFacts[]): PendingWrite {
  const tool = writes
    .flatMap(({ names }) => names)
    .find((name) => name !== undefined)
    ?.slice(0, LONGEST_TOOL_NAME);
  return {
    tool,
    reason: tool === undefined ? 'before_unreadable_message' : reasonBefore(tool),
    detail: detailOf(writes),
    requests: messages.flatMap((message) =>
      message.idText === undefined || message.methods.length === 0
        ? []
        : [{ idText: message.idText, idKey: idKeyOf(message.idText), isCall: isCall(message) }],
    ),
    isBatch,
    logLevel: writes.flatMap(({ metaLevels }) => metaLevels).at(-1),
  };
}

const LONGEST_TOOL_NAME = 128;

function cancelledIds({ requestIdTexts }: MessageFacts): readonly string[] {
  return requestIdTexts.map(idKeyOf);
}

function askOf({ methods, idText }: MessageFacts): Judgement['asks'] {
  if (idText === undefined) return [];
  const idKey = idKeyOf(idText);
  if (methods.includes('tools/list')) return [{ idKey, what: 'tools' }];
  if (methods.includes('initialize') || methods.includes('server/discover')) return [{ idKey, what: 'capabilities' }];
  return [];
}
