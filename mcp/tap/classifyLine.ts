import { reasonForTool } from '../../core/agents/index.js';
import { parseJson } from '../../core/system/index.js';
import { readLine, textBeforeNul, type LineFacts, type MessageFacts } from './lineFacts.js';
import { detailOf, type KnownTools } from './tools.js';

/** How the tap has to handle one line from the client. */
export interface LineClassification {
  /** The call that may write, if any; it must not be forwarded before a backup. */
  readonly write: PendingWrite | undefined;
  /** The `idKey`s of cancelled requests. */
  readonly cancelled: readonly string[];
  /** Requests whose responses the tap reads. */
  readonly trackedRequests: readonly { readonly idKey: string; readonly topic: 'tools' | 'capabilities' }[];
  /** The level of a `logging/setLevel`. */
  readonly logLevel: string | undefined;
}

export interface PendingWrite {
  readonly tool: string | undefined;
  readonly reason: string;
  readonly detail: string | undefined;
  /** Every request of the line that expects a response. */
  readonly requests: readonly { readonly idText: string; readonly idKey: string; readonly isCall: boolean }[];
  readonly isBatch: boolean;
  /** The log level requested by this call itself (protocol revision 2026-07-28). */
  readonly logLevel: string | undefined;
}

export function classifyLine(line: Buffer, tools: KnownTools): LineClassification {
  const facts = readLine(line);
  const { messages } = facts;
  const writes = messages.filter((message) => isCall(message) && !isReadingCall(message, tools));
  return {
    write: writes.length > 0 || facts.isIrregular ? pendingWrite(facts, writes) : undefined,
    cancelled: messages.filter(({ methods }) => methods.includes('notifications/cancelled')).flatMap(cancelledIds),
    trackedRequests: messages.flatMap(trackedRequestsIn),
    logLevel: messages.findLast(({ methods }) => methods.includes('logging/setLevel'))?.levels.at(-1),
  };
}

/** Classifies a line by its beginning alone. It counts as a write, because the rest may contain one. */
export function classifyBeginning(beginning: Buffer, tools: KnownTools): PendingWrite {
  const facts = readLine(beginning);
  return pendingWrite(
    facts,
    facts.messages.filter((message) => isCall(message) && !isReadingCall(message, tools)),
  );
}

/** Different spellings of one id have the same key; `1` and `"1"` do not. */
export function idKeyOf(idText: string): string {
  const id = parseJson(idText);
  return id === undefined ? `text:${idText}` : JSON.stringify(id);
}

function isCall({ methods }: MessageFacts): boolean {
  return methods.some((method) => textBeforeNul(method).trim().toLowerCase() === 'tools/call');
}

/** Every name must be a reading tool, because a server may use any of several. */
function isReadingCall({ names }: MessageFacts, tools: KnownTools): boolean {
  return names.length > 0 && names.every((name) => name !== undefined && tools.isReading(name));
}

function pendingWrite({ messages, isBatch }: LineFacts, writes: readonly MessageFacts[]): PendingWrite {
  const tool = writes
    .flatMap(({ names }) => names)
    .find((name) => name !== undefined)
    ?.slice(0, MAX_TOOL_NAME_LENGTH);
  return {
    tool,
    reason: tool === undefined ? 'before_unreadable_message' : reasonForTool(tool),
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

const MAX_TOOL_NAME_LENGTH = 128;

function cancelledIds({ requestIdTexts }: MessageFacts): readonly string[] {
  return requestIdTexts.map(idKeyOf);
}

function trackedRequestsIn({ methods, idText }: MessageFacts): LineClassification['trackedRequests'] {
  if (idText === undefined) return [];
  const idKey = idKeyOf(idText);
  if (methods.includes('tools/list')) return [{ idKey, topic: 'tools' }];
  if (methods.includes('initialize') || methods.includes('server/discover')) return [{ idKey, topic: 'capabilities' }];
  return [];
}
