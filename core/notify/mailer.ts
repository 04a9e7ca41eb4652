import { createTransport } from 'nodemailer';
import type { EmailPolicy } from '../project/index.js';

/** The one file that knows nodemailer. It is bundled by itself: nobody else should wait for it to load. */
export interface MailOrder extends Pick<EmailPolicy, 'from' | 'to' | 'host' | 'port' | 'security' | 'user'> {
  readonly password: string | undefined;
  readonly subject: string;
  readonly text: string;
  readonly timeoutMs: number;
}

/** Hands a mail to the server; returns the addresses that it refused, if it took any. Throws what nodemailer throws. */
export async function sendMail(order: MailOrder): Promise<readonly string[]> {
  const { host, port, security, user, password, timeoutMs } = order;
  const isLocal = security === 'none';
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: isLocal,
    // Said although it is the default: an environment variable could switch it off.
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' }, forceAuth: true }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // A server that does not answer does not keep this process either.
    socketCloseTimeout: 1000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { rejected } = await transport.sendMail({
    from: { name: 'Feature Backups', address: order.from },
    to: order.to.map((address) => ({ name: '', address })),
    subject: order.subject,
    text: order.text,
    // So that no absence notice answers.
    headers: { 'Auto-Submitted': 'auto-generated' },
    // The limits above begin anew with every byte; this one does not.
    signal: AbortSignal.timeout(timeoutMs),
  });
  return rejected;
}
