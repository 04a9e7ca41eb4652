import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call of a tool that the scripted model makes. */
export interface ToolUse {
  readonly name: string;
  readonly input: object;
}

/** The calls that the model makes at once. After the last turn, it ends the conversation. */
export type Turn = readonly ToolUse[];

/** One conversation: the main one, or that of a subagent, which is recognized by its prompt. */
export interface Conversation {
  readonly prompt: string;
  readonly turns: readonly Turn[];
}

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly tool_use_id?: string;
  readonly is_error?: boolean;
  readonly content?: string | readonly Block[];
}

interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

/** A request of Claude Code to the model. */
export interface ModelRequest {
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly Message[];
}

export interface MessagesServer {
  readonly url: string;
  /** The requests of the conversations, oldest first. */
  readonly requests: readonly ModelRequest[];
  close(): Promise<void>;
}

/** A stand-in for Anthropic's API on the loopback interface. Its model makes the given calls, one turn a response. */
export async function startMessagesServer(conversations: readonly Conversation[]): Promise<MessagesServer> {
  const requests: ModelRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, conversations, requests);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  conversations: readonly Conversation[],
  requests: ModelRequest[],
): Promise<void> {
  const body = await text(request);
  if (request.method !== 'POST' || !/^\/v1\/messages(?:\?|$)/.test(request.url ?? '')) {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    return;
  }
  const modelRequest = JSON.parse(body) as ModelRequest;
  // Requests without tools are for titles and the like.
  const isConversation = (modelRequest.tools?.length ?? 0) > 0;
  if (isConversation) requests.push(modelRequest);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of responseEvents(isConversation ? nextCalls(modelRequest, conversations) : []))
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}

/** The ids are unique among all conversations. */
function nextCalls({ messages }: ModelRequest, conversations: readonly Conversation[]): readonly CallBlock[] {
  const started = JSON.stringify(messages[0]?.content);
  const at = conversations.findIndex(({ prompt }) => started.includes(prompt));
  const turnIndex = messages.filter(({ role }) => role === 'assistant').length;
  const calls = conversations[at]?.turns[turnIndex] ?? [];
  return calls.map((call, index) => ({ ...call, id: `toolu_${at}_${turnIndex}_${index}` }));
}

interface CallBlock extends ToolUse {
  readonly id: string;
}

interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

function* responseEvents(calls: readonly CallBlock[]): Generator<StreamEvent> {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { type: 'message', role: 'assistant', model: 'stand-in', content: [], stop_reason: null, usage };
  yield { type: 'message_start', message: { id: `msg_${Date.now()}`, ...message } };
  if (calls.length === 0) {
    yield { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
    yield { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Done.' } };
    yield { type: 'content_block_stop', index: 0 };
  }
  for (const [index, { id, name, input }] of calls.entries()) {
    yield { type: 'content_block_start', index, content_block: { type: 'tool_use', id, name, input: {} } };
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) };
    yield { type: 'content_block_delta', index, delta };
    yield { type: 'content_block_stop', index };
  }
  const stopReason = calls.length === 0 ? 'end_turn' : 'tool_use';
  yield { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 1 } };
  yield { type: 'message_stop' };
}

/** What a tool returned to the model. */
export interface ToolResult {
  readonly text: string;
  readonly isError: boolean;
}

/** The results of all calls, by the calls' ids. */
export function toolResults(requests: readonly ModelRequest[]): ReadonlyMap<string, ToolResult> {
  const results = new Map<string, ToolResult>();
  for (const block of requests.flatMap(({ messages }) => messages).flatMap(blocksOf)) {
    if (block.tool_use_id === undefined) continue;
    results.set(block.tool_use_id, { text: textOf(block.content ?? ''), isError: block.is_error === true });
  }
  return results;
}

/** The texts that hooks have added to a conversation, whose last request contains them all. */
export function hookContexts(
  requests: readonly ModelRequest[],
  { prompt }: Pick<Conversation, 'prompt'>,
): readonly string[] {
  const last = requests.findLast(({ messages }) => JSON.stringify(messages[0]?.content).includes(prompt));
  const read = (last?.messages ?? []).map(({ content }) => textOf(content)).join('\n');
  return [...read.matchAll(/^.* hook additional context: (.*)$/gm)].map(([, context = '']) => context);
}

function blocksOf({ content }: Message): readonly Block[] {
  return typeof content === 'string' ? [] : content;
}

function textOf(content: string | readonly Block[]): string {
  if (typeof content === 'string') return content;
  return content.map((block) => block.text ?? textOf(block.content ?? '')).join('\n');
}
