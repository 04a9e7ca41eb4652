import { isoWithOffset } from '../store/index.js';
import type { ChannelRecord } from './incident.js';

const MINUTE_MS = 60_000;
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;
/** A little under a minute, so that a pass each minute pings each time. */
const PING_EVERY_MS = 55_000;

/** Whether a channel may be tried. A time further off than any pause was noted by a clock that has been set back. */
export function isDue(record: ChannelRecord | undefined, now: Date): boolean {
  if (record?.nextTryAt === undefined) return true;
  const waitMs = Date.parse(record.nextTryAt) - now.getTime();
  return waitMs <= 0 || waitMs > LONGEST_PAUSE_MS;
}

/** After a failure: the first pause is a minute, each next one twice as long, none longer than an hour. */
export function afterFailure(before: ChannelRecord | undefined, problem: string, now: Date): ChannelRecord {
  const failures = (before?.failures ?? 0) + 1;
  const pauseMs = Math.min(MINUTE_MS * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE_MS);
  return { lastSentAt: before?.lastSentAt, failures, problem, nextTryAt: later(now, pauseMs) };
}

/** A process that lacks a password must not hold up one that has it. */
export function afterNoTry(before: ChannelRecord | undefined, problem: string): ChannelRecord {
  return { failures: 0, ...before, problem };
}

/** `problem`: it was sent, and yet something was not right. */
export function afterSuccess(now: Date, problem?: string): ChannelRecord {
  return { lastSentAt: isoWithOffset(now), failures: 0, problem };
}

/** A ping is asked for each minute, whether the last one arrived or not. */
export function afterPing(before: ChannelRecord | undefined, problem: string | undefined, now: Date): ChannelRecord {
  const record = problem === undefined ? afterSuccess(now) : afterFailure(before, problem, now);
  return { ...record, nextTryAt: later(now, PING_EVERY_MS) };
}

function later(now: Date, ms: number): string {
  return isoWithOffset(new Date(now.getTime() + ms));
}
