import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach } from 'mocha';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
  /** The raw message with its headers. */
  readonly source: string;
}

export interface MailServer {
  readonly port: number;
  readonly received: ReceivedMail[];
  /** The number of messages begun, complete or not. */
  begunCount: number;
}

export const MAIL_USER = 'me';
export const MAIL_PASSWORD = 'correct horse battery';

/** Starts real mail servers on loopback, which stop after the test. */
export function useMailServers(): { start(options: SMTPServerOptions): Promise<MailServer> } {
  const servers: SMTPServer[] = [];
  afterEach('stop the mail servers', async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(resolve))));
  });
  return {
    start: async (options) => {
      const mail: MailServer = { port: 0, received: [], begunCount: 0 };
      const server = new SMTPServer({
        closeTimeout: 100,
        // Otherwise a name for loopback is looked up, which can take seconds.
        disableReverseLookup: true,
        onAuth: ({ username, password }, _session, callback) => {
          if (username === MAIL_USER && password === MAIL_PASSWORD) callback(null, { user: username });
          else callback(new Error(`${String(password)} is wrong`));
        },
        onData: (stream, { envelope, secure, user }, callback) => {
          mail.begunCount += 1;
          void text(stream).then((source) => {
            const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
            const to = envelope.rcptTo.map(({ address }) => address);
            mail.received.push({
              from,
              to,
              isEncrypted: secure,
              user: typeof user === 'string' ? user : undefined,
              source,
            });
            callback();
          });
        },
        ...options,
      });
      // Some tests disconnect the client in the middle.
      server.on('error', () => undefined);
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return Object.assign(mail, { port: portOf(server.server) });
    },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
