import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach } from 'mocha';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface WebhookReceiver {
  /** The URL, without a slash at the end. */
  readonly url: string;
  readonly received: Received[];
  /** The status code of its responses; 200 by default. */
  respond: (response: ServerResponse, request: Received) => void;
  /** The JSON documents posted. */
  documents(): Record<string, unknown>[];
}

/** A real server on loopback for every test of the enclosing `describe`. */
export function useWebhookReceiver(): WebhookReceiver {
  const received: Received[] = [];
  let server: Server | undefined;
  const ok = (response: ServerResponse): void => {
    response.end('ok');
  };
  const receiver = {
    received,
    respond: ok as WebhookReceiver['respond'],
    documents: () => received.map(({ body }) => JSON.parse(body) as Record<string, unknown>),
    get url() {
      const address = server?.address() as AddressInfo;
      return `http://127.0.0.1:${String(address.port)}`;
    },
  };

  const take = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = { method: message.method ?? '', path: message.url ?? '', body: await text(message) };
    received.push(request);
    receiver.respond(response, request);
  };

  beforeEach('start a receiver', async () => {
    received.length = 0;
    receiver.respond = ok;
    const started = createServer((message, response) => {
      void take(message, response);
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  });
  afterEach('stop the receiver', () => {
    server?.closeAllConnections();
    server?.close();
  });
  return receiver;
}
