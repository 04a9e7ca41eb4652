import { sha256Of, type Ports } from '../system/index.js';
import type { AddressPolicy, NotificationPolicy } from '../project/index.js';
import { sendEmail } from './email.js';
import type { Notification } from './incident.js';
import { addressName, ping, postNotification } from './webhook.js';

/** A way on which people are told. */
export interface Channel {
  /** The same as long as the configuration says the same; holds no secret. */
  readonly id: string;
  /** For messages; holds no secret. */
  readonly name: string;
  /** Returns what was not right although it was sent; throws a `BackupError` where it was not. */
  readonly send: (notification: Notification, ports: Ports, timeoutMs: number) => Promise<string | undefined>;
}

/** The way on which another program is told, again and again, whether all is well. */
export interface PingChannel {
  readonly id: string;
  readonly name: string;
  /** `trouble` undefined: all is well. */
  readonly send: (incident: Notification | undefined, ports: Ports, timeoutMs: number) => Promise<void>;
}

/** Those that the policy names, each once. */
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

/** An address that was not called a secret can be one all the same, so only its hash is noted. */
function idOf(kind: 'webhook' | 'ping', { url, urlVariable }: AddressPolicy): string {
  return urlVariable === undefined
    ? `${kind}-${sha256Of(Buffer.from(url ?? '')).slice(0, 16)}`
    : `${kind}-$${urlVariable}`;
}
