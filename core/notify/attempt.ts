import { hostname } from 'node:os';
import { BackupError, type Ports } from '../system/index.js';
import { openIncidents, type Due } from './planMessages.js';
import type { Notification, NotifyState } from './incident.js';

/** The result of sending the messages that were due. */
export interface NotifyReport {
  /** The names of the channels that accepted a message. */
  readonly sent: readonly string[];
  /** One sentence each, without secrets. A later run tries again. */
  readonly problems: readonly string[];
}

export const NOTHING_SENT: NotifyReport = { sent: [], problems: [] };

export function combineReports(reports: readonly NotifyReport[]): NotifyReport {
  return {
    sent: reports.flatMap(({ sent }) => sent),
    problems: reports.flatMap(({ problems }) => problems),
  };
}

export interface SendOutcome {
  /** Why the message was not sent. */
  readonly failure: string | undefined;
  /** Sending was not tried, because this process lacks something, such as a password. Another process may have it. */
  readonly isMisconfigured: boolean;
  /** What went wrong although the message was sent. */
  readonly warning: string | undefined;
}

export async function attempt(send: () => Promise<string | undefined>): Promise<SendOutcome> {
  try {
    return { failure: undefined, isMisconfigured: false, warning: await send() };
  } catch (error) {
    const isMisconfigured = error instanceof BackupError && error.code === 'configuration';
    return { failure: reasonOf(error), isMisconfigured, warning: undefined };
  }
}

export function reportOf(name: string, { failure, warning }: SendOutcome): NotifyReport {
  const problem = failure ?? warning;
  return {
    sent: failure === undefined ? [name] : [],
    problems: problem === undefined ? [] : [`${name}: ${problem}`],
  };
}

export function notificationOf({ opened, resolved }: Due, state: NotifyState, ports: Ports): Notification {
  return {
    kind: opened.length > 0 ? 'opened' : 'resolved',
    sentAt: ports.now(),
    host: hostname(),
    opened,
    resolved,
    openCount: openIncidents(state).length,
  };
}

/** The message with its hint. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = error instanceof BackupError ? error.hint : undefined;
  return hint === undefined ? error.message : `${error.message}. ${hint}`;
}
