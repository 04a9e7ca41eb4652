import type { Ports } from '../system/index.js';
import type { NotificationPolicy } from '../project/index.js';
import { channelsOf, pingOf } from './channels.js';
import { dueFor, openIncidents } from './planMessages.js';
import { readNotifyState } from './stateFile.js';
import type { ChannelRecord, Incident } from './incident.js';

export interface ChannelStatus extends ChannelRecord {
  readonly name: string;
  /** New and resolved incidents that are still to be sent. */
  readonly waitingCount: number;
}

export interface NotifyStatus {
  readonly channels: readonly ChannelStatus[];
  /** Worst first. */
  readonly open: readonly Incident[];
}

/** The recorded state of incidents and channels. Checks no project and sends nothing. */
export function notifyStatus(policy: NotificationPolicy, ports: Ports): NotifyStatus {
  const state = readNotifyState(ports);
  const ping = pingOf(policy);
  const channels = channelsOf(policy).map(({ id, name }) => {
    const { opened, resolved } = dueFor(id, state);
    return statusOf(name, state.channels[id], opened.length + resolved.length);
  });
  const pings = ping === undefined ? [] : [statusOf(ping.name, state.channels[ping.id], 0)];
  return { channels: [...channels, ...pings], open: openIncidents(state) };
}

function statusOf(name: string, record: ChannelRecord | undefined, waitingCount: number): ChannelStatus {
  return { failures: 0, ...record, name, waitingCount };
}
