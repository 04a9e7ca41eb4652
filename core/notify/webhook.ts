import { BackupError, isRecord, type Ports } from '../system/index.js';
import type { AddressPolicy } from '../project/index.js';
import type { Notification, Incident } from './incident.js';
import { MAX_LISTED, textOf } from './wording.js';

/** Posts a notification as JSON. Throws `configuration`, or `io` with the reason; neither names a secret address. */
export async function postNotification(
  policy: AddressPolicy,
  notification: Notification,
  ports: Ports,
  timeoutMs: number,
): Promise<void> {
  const { kind, sentAt, host, opened, resolved, openCount } = notification;
  const document = {
    version: 1,
    kind: DOCUMENT_KINDS[kind],
    sentAt: sentAt.toISOString(),
    host,
    troubles: opened.slice(0, MAX_LISTED).map(incidentDocument),
    over: resolved.slice(0, MAX_LISTED).map(incidentDocument),
    openCount,
  };
  const headers = { 'Content-Type': 'application/json' };
  await request(policy, '', { method: 'POST', headers, body: JSON.stringify(document) }, ports, timeoutMs);
}

/** The kinds in the published document. */
const DOCUMENT_KINDS = { opened: 'trouble', resolved: 'over', test: 'test' } as const;

function incidentDocument({ project, code, subject, severity, message, since, resolvedAt }: Incident): object {
  const end = resolvedAt === undefined ? {} : { overAt: resolvedAt };
  return { project, code, subject, severity, message, since, ...end };
}

/** The protocol of Healthchecks: GET if no incident is open, otherwise POST to `<address>/fail`. */
export async function ping(
  policy: AddressPolicy,
  incident: Notification | undefined,
  ports: Ports,
  timeoutMs: number,
): Promise<void> {
  if (incident === undefined) await request(policy, '', { method: 'GET' }, ports, timeoutMs);
  else await request(policy, '/fail', { method: 'POST', body: textOf(incident) }, ports, timeoutMs);
}

/** For messages. A secret address is shown as the name of its variable. */
export function addressName({ url, urlVariable }: AddressPolicy): string {
  return urlVariable === undefined ? new URL(url ?? '').host : `$${urlVariable}`;
}

async function request(
  policy: AddressPolicy,
  suffix: string,
  options: RequestInit,
  { environment }: Ports,
  timeoutMs: number,
): Promise<void> {
  const address = new URL(resolveAddress(policy, environment));
  if (suffix !== '') address.pathname = address.pathname.replace(/\/?$/, suffix);
  const name = addressName(policy);
  // A redirect would send the message to an address that is not configured, and turn a POST into a GET.
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(address, { ...options, redirect: 'manual', signal }).catch((error: unknown) => {
    throw notSent(name, reasonOf(error, timeoutMs));
  });
  // The body is not needed and could be endless.
  await response.body?.cancel().catch(() => undefined);
  if (response.status >= 300 && response.status < 400)
    throw notSent(name, `it redirects (${String(response.status)})`, 'Configure the final address.');
  if (!response.ok) throw notSent(name, `it responded with ${String(response.status)}`);
}

function resolveAddress({ url, urlVariable }: AddressPolicy, environment: Ports['environment']): string {
  if (urlVariable === undefined) return url ?? '';
  const value = environment[urlVariable]?.trim();
  const details = {
    code: 'configuration',
    operation: 'send a notification',
    hint: `Set ${urlVariable} in the environment that runs Feature Backups: shell, service or editor.`,
  } as const;
  if (value === undefined || value === '')
    throw new BackupError(`The address is missing: the environment variable ${urlVariable} is not set`, details);
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value))
    throw new BackupError(`The environment variable ${urlVariable} is not an https:// or http:// address`, details);
  return value;
}

/** Returns only the kind of failure, because network errors name the host, which may be secret. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'the request failed';
  if (error.name === 'TimeoutError') return `no answer within ${String(timeoutMs / 1000)} seconds`;
  const { cause } = error;
  const code = isRecord(cause) && 'code' in cause ? String(cause.code) : undefined;
  return code === undefined ? 'the request failed' : `the connection failed (${code})`;
}

function notSent(name: string, reason: string, hint?: string): BackupError {
  return new BackupError(`${name} did not accept the message: ${reason}`, {
    code: 'io',
    operation: 'send a notification',
    hint,
  });
}
