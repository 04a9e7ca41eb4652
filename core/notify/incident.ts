import type { Severity, HealthProblemCode } from '../health/index.js';

/** An incident, kept until every channel that reported it has also reported its resolution. */
export interface Incident {
  /** The project's folder. */
  readonly project: string;
  readonly code: HealthProblemCode;
  /** Distinguishes incidents with the same code. */
  readonly subject: string;
  readonly severity: Severity;
  readonly message: string;
  /** When it was first found, ISO 8601 with offset. */
  readonly since: string;
  /** When its project was last checked, to the day. */
  readonly seenAt: string;
  /** When it was resolved. */
  readonly resolvedAt?: string | undefined;
  /** The channels that reported it. */
  readonly reportedTo: readonly string[];
}

/** The recorded results of one channel. */
export interface ChannelRecord {
  readonly lastSentAt?: string | undefined;
  readonly nextTryAt?: string | undefined;
  /** Consecutive failures. */
  readonly failures: number;
  /** The most recent problem. */
  readonly problem?: string | undefined;
  /** For a ping: whether the last one reported that no incident is open. */
  readonly reportedHealthy?: boolean | undefined;
}

export interface NotifyState {
  readonly incidents: readonly Incident[];
  /** By the channel's id. */
  readonly channels: Readonly<Record<string, ChannelRecord>>;
}

/** The content of one message. */
export interface Notification {
  readonly kind: 'opened' | 'resolved' | 'test';
  readonly sentAt: Date;
  /** The machine that sends it. */
  readonly host: string;
  readonly opened: readonly Incident[];
  readonly resolved: readonly Incident[];
  /** All open incidents, new or not. */
  readonly openCount: number;
}
