import type { AddressPolicy, EmailPolicy, NotificationPolicy } from '../project.js';
import type { ObjectReader } from './objectReader.js';
import {
  EXPECTED_HOST,
  EXPECTED_HOUR_COUNT,
  EXPECTED_LINE,
  EXPECTED_MAIL_ADDRESS,
  EXPECTED_PORT,
  EXPECTED_SECURITY,
  EXPECTED_VARIABLE,
  EXPECTED_WEB_ADDRESS,
  isHostName,
  isHourCount,
  isLine,
  isMailAddress,
  isMailSecurity,
  isPort,
  isVariableName,
  isWebAddress,
  type MailSecurity,
} from './values.js';

export const NOTIFICATION_KEYS = [
  'email',
  'webhooks',
  'ping',
  'overdueAfterHours',
] as const satisfies readonly (keyof NotificationPolicy)[];

export const EMAIL_KEYS = [
  'from',
  'to',
  'host',
  'port',
  'security',
  'user',
  'passwordVariable',
] as const satisfies readonly (keyof EmailPolicy)[];

export const ADDRESS_KEYS = ['url', 'urlVariable'] as const satisfies readonly (keyof AddressPolicy)[];

/** The values of `notifications` that the file contains. */
export function readNotifications(file: ObjectReader): Partial<NotificationPolicy> | undefined {
  const reader = file.object('notifications', NOTIFICATION_KEYS);
  if (reader === undefined) return undefined;
  const email = readEmail(reader);
  const webhooks = reader.objects('webhooks', ADDRESS_KEYS)?.flatMap(readAddress);
  const [ping] = [reader.object('ping', ADDRESS_KEYS)].flatMap((address) =>
    address === undefined ? [] : readAddress(address),
  );
  const overdueAfterHours = reader.value('overdueAfterHours', isHourCount, EXPECTED_HOUR_COUNT);
  return {
    ...(email === undefined ? {} : { email }),
    ...(webhooks === undefined ? {} : { webhooks }),
    ...(ping === undefined ? {} : { ping }),
    ...(overdueAfterHours === undefined ? {} : { overdueAfterHours }),
  };
}

function readEmail(notifications: ObjectReader): EmailPolicy | undefined {
  const reader = notifications.object('email', EMAIL_KEYS);
  if (reader === undefined) return undefined;
  const from = reader.required('from', isMailAddress, EXPECTED_MAIL_ADDRESS);
  const to = reader.values('to', isMailAddress, EXPECTED_MAIL_ADDRESS);
  if (to === undefined || to.length === 0) reader.refuseObject('names nobody in "to"');
  const host = reader.required('host', isHostName, EXPECTED_HOST);
  const security = reader.value('security', isMailSecurity, EXPECTED_SECURITY) ?? 'starttls';
  const port = reader.value('port', isPort, EXPECTED_PORT) ?? DEFAULT_PORTS[security];
  const user = reader.value('user', isLine, EXPECTED_LINE);
  const passwordVariable = reader.value('passwordVariable', isVariableName, EXPECTED_VARIABLE);
  if (reader.has('user') !== reader.has('passwordVariable'))
    reader.refuseObject('needs user and passwordVariable together, or neither');
  if (from === undefined || to === undefined || host === undefined) return undefined;
  if (security === 'none' && user !== undefined && !isLocalHost(host))
    reader.refuseObject('would send the password readable: security must be "tls" or "starttls" where there is a user');
  return { from, to, host, port, security, user, passwordVariable };
}

/** The registered ports: submission over TLS, submission, and plain SMTP. */
const DEFAULT_PORTS: Readonly<Record<MailSecurity, number>> = { tls: 465, starttls: 587, none: 25 };

function isLocalHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function readAddress(reader: ObjectReader): readonly AddressPolicy[] {
  const url = reader.value('url', isWebAddress, EXPECTED_WEB_ADDRESS);
  const urlVariable = reader.value('urlVariable', isVariableName, EXPECTED_VARIABLE);
  if (reader.has('url') === reader.has('urlVariable')) reader.refuseObject('needs either url or urlVariable');
  return [{ url, urlVariable }];
}
