import type { Severity, HealthProblemCode } from '../health/index.js';

/** A trouble that has been seen and is not known to be over for everybody who was told of it. */
export interface Incident {
  /** The project's folder. */
  readonly project: string;
  readonly code: HealthProblemCode;
  /** What tells two troubles of one code apart. */
  readonly subject: string;
  readonly severity: Severity;
  readonly message: string;
  /** ISO 8601 with offset: when it was first seen. */
  readonly since: string;
  /** When its project was last looked at, to the day. */
  readonly seenAt: string;
  /** When it was first seen no more; it stays until everybody who was told of it is told of that too. */
  readonly overAt?: string | undefined;
  /** The channels that told of it. */
  readonly toldTo: readonly string[];
}

/** What is known of sending over one channel. */
export interface ChannelRecord {
  readonly lastSentAt?: string | undefined;
  /** Nothing is tried before that. */
  readonly nextTryAt?: string | undefined;
  /** How often in a row it has failed. */
  readonly failures: number;
  /** What went wrong the last time, in words. */
  readonly problem?: string | undefined;
  /** Of a ping: whether it last said that all is well. */
  readonly saidWell?: boolean | undefined;
}

export interface NotifyState {
  readonly troubles: readonly Incident[];
  /** By the channel's id. */
  readonly channels: Readonly<Record<string, ChannelRecord>>;
}

/** What one message says. */
export interface Notification {
  readonly kind: 'trouble' | 'over' | 'test';
  readonly sentAt: Date;
  /** The machine that it comes from. */
  readonly host: string;
  /** New ones. */
  readonly troubles: readonly Incident[];
  /** Those that are well again. */
  readonly over: readonly Incident[];
  /** How many are open altogether. */
  readonly openCount: number;
}
