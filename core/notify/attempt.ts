import { hostname } from 'node:os';
import { BackupError, type Ports } from '../system/index.js';
import { openIncidents, type Due } from './planMessages.js';
import type { Notification, NotifyState } from './incident.js';

/** How it went to tell what was due. */
export interface NotifyReport {
  /** The names of the channels that took a message. */
  readonly sent: readonly string[];
  /** What went wrong, a sentence each, without secrets. It is tried again at a later pass. */
  readonly problems: readonly string[];
}

export const NO_REQUEST_SENT: NotifyReport = { sent: [], problems: [] };

export function combineReports(reports: readonly NotifyReport[]): NotifyReport {
  return {
    sent: reports.flatMap(({ sent }) => sent),
    problems: reports.flatMap(({ problems }) => problems),
  };
}

export interface Outcome {
  /** Why it was not sent. */
  readonly failure: string | undefined;
  /** It was not even tried: this process was not told what it takes, a password for example. Another may have been. */
  readonly isUntried: boolean;
  /** What was not right although it was sent. */
  readonly flaw: string | undefined;
}

export async function attempt(send: () => Promise<string | undefined>): Promise<Outcome> {
  try {
    return { failure: undefined, isUntried: false, flaw: await send() };
  } catch (error) {
    const isUntried = error instanceof BackupError && error.code === 'configuration';
    return { failure: reasonOf(error), isUntried, flaw: undefined };
  }
}

export function reportOf(name: string, { failure, flaw }: Outcome): NotifyReport {
  const problem = failure ?? flaw;
  return {
    sent: failure === undefined ? [name] : [],
    problems: problem === undefined ? [] : [`${name}: ${problem}`],
  };
}

export function notificationOf(
  { opened: message, resolved: over }: Due,
  state: NotifyState,
  ports: Ports,
): Notification {
  return {
    kind: message.length > 0 ? 'trouble' : 'over',
    sentAt: ports.now(),
    host: hostname(),
    troubles: message,
    over,
    openCount: openIncidents(state).length,
  };
}

/** In words, with what can be done about it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = error instanceof BackupError ? error.hint : undefined;
  return hint === undefined ? error.message : `${error.message}. ${hint}`;
}
