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
  const { kind, sentAt, host, troubles, over, openCount } = notification;
  const document = {
    version: 1,
    kind,
    sentAt: sentAt.toISOString(),
    host,
    troubles: troubles.slice(0, MAX_LISTED).map(incidentDocument),
    over: over.slice(0, MAX_LISTED).map(incidentDocument),
    openCount,
  };
  const headers = { 'Content-Type': 'application/json' };
  await request(policy, '', { method: 'POST', headers, body: JSON.stringify(document) }, ports, timeoutMs);
}

function incidentDocument({ project, code, subject, severity, message, since, overAt }: Incident): object {
  return { project, code, subject, severity, message, since, ...(overAt === undefined ? {} : { overAt }) };
}

/** As Healthchecks has it: asks for the address where all is well, posts to `<address>/fail` where there is trouble. */
export async function ping(
  policy: AddressPolicy,
  incident: Notification | undefined,
  ports: Ports,
  timeoutMs: number,
): Promise<void> {
  if (incident === undefined) await request(policy, '', { method: 'GET' }, ports, timeoutMs);
  else await request(policy, '/fail', { method: 'POST', body: textOf(incident) }, ports, timeoutMs);
}

/** How an address may be shown: a secret one only by the name of its variable. */
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
  const address = new URL(resolve(policy, environment));
  if (suffix !== '') address.pathname = address.pathname.replace(/\/?$/, suffix);
  const name = addressName(policy);
  // A redirect would send what is said to a place that nobody named, and make a GET of a POST.
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(address, { ...options, redirect: 'manual', signal }).catch((error: unknown) => {
    throw notSent(name, reasonOf(error, timeoutMs));
  });
  // Nobody reads it, and it could be endless.
  await response.body?.cancel().catch(() => undefined);
  if (response.status >= 300 && response.status < 400)
    throw notSent(
      name,
      `it answers with a redirect (${String(response.status)})`,
      'Give the address that it leads to.',
    );
  if (!response.ok) throw notSent(name, `it answers ${String(response.status)}`);
}

function resolve({ url, urlVariable }: AddressPolicy, environment: Ports['environment']): string {
  if (urlVariable === undefined) return url ?? '';
  const value = environment[urlVariable]?.trim();
  const details = {
    code: 'configuration',
    operation: 'send a notification',
    hint: `Set ${urlVariable} for whatever runs Feature Backups: the shell, the service, the editor.`,
  } as const;
  if (value === undefined || value === '')
    throw new BackupError(`The address is missing: the environment variable ${urlVariable} is not set`, details);
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value))
    throw new BackupError(`The environment variable ${urlVariable} holds no https:// or http:// address`, details);
  return value;
}

/** Only the kind of failure: messages of the network name the host, which may be part of a secret. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'the request failed';
  if (error.name === 'TimeoutError') return `no answer within ${String(timeoutMs / 1000)} seconds`;
  const { cause } = error;
  const code = isRecord(cause) && 'code' in cause ? String(cause.code) : undefined;
  return code === undefined ? 'the request failed' : `the connection failed (${code})`;
}

function notSent(name: string, reason: string, hint?: string): BackupError {
  return new BackupError(`${name} did not take the message: ${reason}`, {
    code: 'io',
    operation: 'send a notification',
    hint,
  });
}
