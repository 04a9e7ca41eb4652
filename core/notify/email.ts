import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackupError, systemErrorCode, type Ports } from '../system/index.js';
import type { EmailPolicy } from '../project/index.js';
import type { OutgoingMail } from './mailer.js';
import type { Notification } from './incident.js';
import { printable, subjectOf, textOf } from './wording.js';

/** Returns what went wrong although the mail was sent. Throws `configuration`, or `io` with the reason. */
export async function sendEmail(
  policy: EmailPolicy,
  notification: Notification,
  { environment }: Ports,
  timeoutMs: number,
): Promise<string | undefined> {
  const { passwordVariable, ...rest } = policy;
  const password = passwordVariable === undefined ? undefined : environment[passwordVariable];
  if (passwordVariable !== undefined && (password === undefined || password === '')) {
    throw new BackupError(`The password is missing: the environment variable ${passwordVariable} is not set`, {
      code: 'configuration',
      operation: 'send a mail',
      hint: `Set ${passwordVariable} in the environment that runs Feature Backups: shell, service or editor.`,
    });
  }
  const mail = { ...rest, password, subject: subjectOf(notification), text: textOf(notification), timeoutMs };
  const mailer = await loadMailer();
  try {
    const refused = await mailer.sendMail(mail);
    return refused.length === 0
      ? undefined
      : `the mail server refused ${refused.map((one) => printable(one)).join(', ')}`;
  } catch (error) {
    throw notSent(error, mail);
  }
}

/** The mailer is a separate bundle in the same folder, because nodemailer is slow to load. */
async function loadMailer(): Promise<typeof import('./mailer.js')> {
  const isSource = import.meta.filename.endsWith('.ts');
  const path = join(import.meta.dirname, isSource ? 'mailer.ts' : 'mailer.cjs');
  const mailer: unknown = isSource ? await import(pathToFileURL(path).href) : createRequire(path)(path);
  return mailer as typeof import('./mailer.js');
}

function notSent(error: unknown, { host, port, password, timeoutMs }: OutgoingMail): BackupError {
  const code = systemErrorCode(error) ?? '';
  const reason = error instanceof Error ? error.message : String(error);
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const problem =
    isLate || code === 'EABORT'
      ? `no answer within ${String(timeoutMs / 1000)} seconds`
      : withoutSecret(reason, password);
  return new BackupError(`${host}:${String(port)} did not accept the mail: ${printable(problem, 300)}`, {
    code: 'io',
    operation: 'send a mail',
    hint: HINTS[code],
  });
}

const HINTS: Readonly<Record<string, string>> = {
  EAUTH: 'Check user and passwordVariable; some providers require an app password.',
  ETLS: 'Check security and port: "tls" usually uses 465, "starttls" 587.',
  ESOCKET: 'Check host, port and security; the server’s certificate must be valid for its name.',
  EDNS: 'Check host.',
};

/** A server's reply can repeat the password. */
function withoutSecret(text: string, password: string | undefined): string {
  if (password === undefined || password.length < 4) return text;
  const encoded = Buffer.from(password).toString('base64').replace(/=+$/, '');
  return text.replaceAll(password, '…').replaceAll(encoded, '…');
}
