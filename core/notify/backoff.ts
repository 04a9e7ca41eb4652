import { isoWithOffset } from '../store/index.js';
import type { ChannelRecord } from './incident.js';

const MINUTE_MS = 60_000;
const MAX_PAUSE_MS = 60 * MINUTE_MS;
/** A little under a minute, so a run each minute pings each time. */
const PING_INTERVAL_MS = 55_000;

/** A time further away than the longest pause was recorded before the clock was set back, so it is ignored. */
export function isDue(record: ChannelRecord | undefined, now: Date): boolean {
  if (record?.nextTryAt === undefined) return true;
  const waitMs = Date.parse(record.nextTryAt) - now.getTime();
  return waitMs <= 0 || waitMs > MAX_PAUSE_MS;
}

/** The first pause is a minute; each further one is twice as long, up to an hour. */
export function afterFailure(before: ChannelRecord | undefined, problem: string, now: Date): ChannelRecord {
  const failures = (before?.failures ?? 0) + 1;
  const pauseMs = Math.min(MINUTE_MS * 2 ** Math.min(failures - 1, 10), MAX_PAUSE_MS);
  return { lastSentAt: before?.lastSentAt, failures, problem, nextTryAt: later(now, pauseMs) };
}

/** Adds no pause: this process lacks a setting, such as the password, that another process may have. */
export function afterMisconfiguration(before: ChannelRecord | undefined, problem: string): ChannelRecord {
  return { failures: 0, ...before, problem };
}

/** `problem`: what went wrong although the message was sent. */
export function afterSuccess(now: Date, problem?: string): ChannelRecord {
  return { lastSentAt: isoWithOffset(now), failures: 0, problem };
}

/** The next ping is due in a minute, even after a failure. */
export function afterPing(before: ChannelRecord | undefined, problem: string | undefined, now: Date): ChannelRecord {
  const record = problem === undefined ? afterSuccess(now) : afterFailure(before, problem, now);
  return { ...record, nextTryAt: later(now, PING_INTERVAL_MS) };
}

function later(now: Date, ms: number): string {
  return isoWithOffset(new Date(now.getTime() + ms));
}
