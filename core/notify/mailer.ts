import { createTransport } from 'nodemailer';
import type { EmailPolicy } from '../project/index.js';

// Only this file imports nodemailer. It is a separate bundle, because nodemailer is slow to load.

export interface OutgoingMail extends Pick<EmailPolicy, 'from' | 'to' | 'host' | 'port' | 'security' | 'user'> {
  readonly password: string | undefined;
  readonly subject: string;
  readonly text: string;
  readonly timeoutMs: number;
}

/** Returns the addresses that the server refused, if it accepted any. Throws nodemailer's errors. */
export async function sendMail(mail: OutgoingMail): Promise<readonly string[]> {
  const { host, port, security, user, password, timeoutMs } = mail;
  const isUnencrypted = security === 'none';
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: isUnencrypted,
    // Set explicitly, because NODE_TLS_REJECT_UNAUTHORIZED could disable the check.
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' }, forceAuth: true }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // A server that does not answer must not keep this process alive.
    socketCloseTimeout: 1000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { rejected } = await transport.sendMail({
    from: { name: 'Feature Backups', address: mail.from },
    to: mail.to.map((address) => ({ name: '', address })),
    subject: mail.subject,
    text: mail.text,
    // Prevents out-of-office replies.
    headers: { 'Auto-Submitted': 'auto-generated' },
    // The timeouts above restart with every byte; this one does not.
    signal: AbortSignal.timeout(timeoutMs),
  });
  return rejected;
}
