import { sha256Of, type Ports } from '../system/index.js';
import type { AddressPolicy, NotificationPolicy } from '../project/index.js';
import { sendEmail } from './email.js';
import type { Notification } from './incident.js';
import { addressName, ping, postNotification } from './webhook.js';

/** A destination for notifications: email or a webhook. */
export interface Channel {
  /** Stable while the configuration is unchanged; contains no secret. */
  readonly id: string;
  /** For messages; contains no secret. */
  readonly name: string;
  /** Returns what went wrong although the message was sent; throws a `BackupError` if it was not sent. */
  readonly send: (notification: Notification, ports: Ports, timeoutMs: number) => Promise<string | undefined>;
}

/** Reports regularly to a monitoring service whether incidents are open. */
export interface PingChannel {
  readonly id: string;
  readonly name: string;
  /** `incident` undefined: no incident is open. */
  readonly send: (incident: Notification | undefined, ports: Ports, timeoutMs: number) => Promise<void>;
}

/** The channels of the policy, without duplicates. */
export function channelsOf({ email, webhooks }: NotificationPolicy): readonly Channel[] {
  const mail: readonly Channel[] =
    email === undefined
      ? []
      : [
          {
            id: 'email',
            name: `email to ${email.to.join(', ')}`,
            send: (notification, ports, timeoutMs) => sendEmail(email, notification, ports, timeoutMs),
          },
        ];
  const hooks = new Map(webhooks.map((policy) => [idOf('webhook', policy), webhookOf(policy)]));
  return [...mail, ...hooks.values()];
}

function webhookOf(policy: AddressPolicy): Channel {
  return {
    id: idOf('webhook', policy),
    name: `webhook ${addressName(policy)}`,
    send: async (notification, ports, timeoutMs) => {
      await postNotification(policy, notification, ports, timeoutMs);
      return undefined;
    },
  };
}

export function pingOf({ ping: policy }: NotificationPolicy): PingChannel | undefined {
  if (policy === undefined) return undefined;
  return {
    id: idOf('ping', policy),
    name: `ping ${addressName(policy)}`,
    send: (incident, ports, timeoutMs) => ping(policy, incident, ports, timeoutMs),
  };
}

/** Any address may contain a secret, so only its hash is recorded. */
function idOf(kind: 'webhook' | 'ping', { url, urlVariable }: AddressPolicy): string {
  return urlVariable === undefined
    ? `${kind}-${sha256Of(Buffer.from(url ?? '')).slice(0, 16)}`
    : `${kind}-$${urlVariable}`;
}
