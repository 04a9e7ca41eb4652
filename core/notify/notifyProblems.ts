import type { KnownHealth, ProjectHealth } from '../health/index.js';
import type { Ports } from '../system/index.js';
import type { NotificationPolicy } from '../project/index.js';
import {
  NOTHING_SENT,
  attempt,
  notificationOf,
  reasonOf,
  reportOf,
  combineReports,
  type NotifyReport,
} from './attempt.js';
import { afterFailure, afterMisconfiguration, afterPing, afterSuccess, isDue } from './backoff.js';
import { channelsOf, pingOf, type Channel, type PingChannel } from './channels.js';
import { dueFor, mergeFindings, recordNotified, openIncidents, type Finding } from './planMessages.js';
import { changeNotifyState, readNotifyState, withSendingLock } from './stateFile.js';
import { claimHour, notifyWithoutState } from './notifyWithoutState.js';
import type { NotifyState } from './incident.js';

export interface ReportOptions {
  /** Per message; 30 s by default. */
  readonly timeoutMs?: number;
}

export const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Reports new and resolved incidents over every channel of the policy, in one message per channel. Incidents of projects
 * that are not in the list stay as they are. Never throws: a mail that cannot be sent must not fail a backup.
 *
 * A message is recorded after it is sent. If the process dies in between, the next process sends it again.
 */
export async function notifyProblems(
  projectHealths: readonly (ProjectHealth | KnownHealth)[],
  policy: NotificationPolicy,
  ports: Ports,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: ReportOptions = {},
): Promise<NotifyReport> {
  try {
    const channels = channelsOf(policy);
    const ping = pingOf(policy);
    if (channels.length === 0 && ping === undefined) return NOTHING_SENT;
    return await new Delivery(channels, ping, ports, timeoutMs).run(
      projectHealths.map((health) => findingOf(health, ports)),
    );
  } catch (error) {
    return { sent: [], problems: [reasonOf(error)] };
  }
}

function findingOf(health: ProjectHealth | KnownHealth, { files }: Ports): Finding {
  const { problems, undetermined } = health;
  const root = 'known' in health ? health.known.root : health.project.root;
  try {
    // A project reached through different links has one set of incidents.
    return { project: files.realpathSync(root), problems, undetermined };
  } catch {
    return { project: root, problems, undetermined };
  }
}

class Delivery {
  constructor(
    private readonly channels: readonly Channel[],
    private readonly ping: PingChannel | undefined,
    private readonly ports: Ports,
    private readonly timeoutMs: number,
  ) {}

  async run(findings: readonly Finding[]): Promise<NotifyReport> {
    let state: NotifyState;
    try {
      const ids = this.channels.map(({ id }) => id);
      state = await changeNotifyState(this.ports, (before) => mergeFindings(before, findings, ids, this.ports.now()));
    } catch (error) {
      const failed: NotifyReport = { sent: [], problems: [reasonOf(error)] };
      return combineReports([failed, await notifyWithoutState(findings, this.channels, this.ports, this.timeoutMs)]);
    }
    if (!this.#isAnythingDue(state)) return NOTHING_SENT;
    return await withSendingLock(this.ports, () => this.#sendDue());
  }

  /** Sends over all channels at once, because one that hangs must not delay the others. */
  async #sendDue(): Promise<NotifyReport> {
    // Another process may have sent the messages while this one waited.
    const state = readNotifyState(this.ports);
    const tasks = this.channels.map((channel) => this.#sendMessage(channel, state));
    if (this.ping !== undefined) tasks.push(this.#sendPing(this.ping, state));
    return combineReports(await Promise.all(tasks));
  }

  #isAnythingDue(state: NotifyState): boolean {
    if (this.ping !== undefined && this.#isPingDue(this.ping, state)) return true;
    return this.channels.some(({ id }) => this.#isChannelDue(id, state));
  }

  #isChannelDue(id: string, state: NotifyState): boolean {
    const { opened, resolved } = dueFor(id, state);
    return opened.length + resolved.length > 0 && isDue(state.channels[id], this.ports.now());
  }

  #isPingDue({ id }: PingChannel, state: NotifyState): boolean {
    const last = state.channels[id];
    return isDue(last, this.ports.now()) || last?.reportedHealthy !== (openIncidents(state).length === 0);
  }

  async #sendMessage({ id, name, send }: Channel, state: NotifyState): Promise<NotifyReport> {
    if (!this.#isChannelDue(id, state)) return NOTHING_SENT;
    const due = dueFor(id, state);
    const outcome = await attempt(() => send(notificationOf(due, state, this.ports), this.ports, this.timeoutMs));
    return await this.#record(reportOf(name, outcome), (current) => {
      const now = this.ports.now();
      const before = current.channels[id];
      if (outcome.failure !== undefined) {
        const failed = outcome.isMisconfigured
          ? afterMisconfiguration(before, outcome.failure)
          : afterFailure(before, outcome.failure, now);
        return withChannel(current, id, failed);
      }
      return withChannel(recordNotified(current, id, due, now), id, afterSuccess(now, outcome.warning));
    });
  }

  async #sendPing(ping: PingChannel, state: NotifyState): Promise<NotifyReport> {
    if (!this.#isPingDue(ping, state)) return NOTHING_SENT;
    const opened = openIncidents(state);
    const reportedHealthy = opened.length === 0;
    const incident = reportedHealthy ? undefined : notificationOf({ opened, resolved: [] }, state, this.ports);
    const outcome = await attempt(async () => {
      await ping.send(incident, this.ports, this.timeoutMs);
      return undefined;
    });
    return await this.#record(reportOf(ping.name, outcome), (current) => {
      const before = current.channels[ping.id];
      const { failure } = outcome;
      if (failure !== undefined && outcome.isMisconfigured)
        return withChannel(current, ping.id, afterMisconfiguration(before, failure));
      const after = afterPing(before, failure, this.ports.now());
      return withChannel(current, ping.id, { ...after, reportedHealthy });
    });
  }

  /** A message that cannot be recorded is sent again, at most once an hour. */
  async #record(report: NotifyReport, change: (current: NotifyState) => NotifyState): Promise<NotifyReport> {
    try {
      await changeNotifyState(this.ports, change);
      return report;
    } catch (error) {
      claimHour(this.ports);
      return combineReports([report, { sent: [], problems: [reasonOf(error)] }]);
    }
  }
}

function withChannel(state: NotifyState, id: string, record: NotifyState['channels'][string]): NotifyState {
  return { ...state, channels: { ...state.channels, [id]: record } };
}
