import { Cron } from 'croner';
import { BackupError } from '../system/index.js';

/** A cron expression in local time. */
export interface Schedule {
  /** The first due time after an instant. */
  nextAfter(instant: Date): Date;
  /** The newest due time after `since` and up to `now`. */
  newestDueBetween(since: Date, now: Date): Date | undefined;
}

/**
 * Parses a cron expression with five fields, or a nickname such as `@daily`; undefined for an empty one: not scheduled.
 * Throws `configuration` for anything else, and for an expression that is never due (30 February).
 */
export function parseSchedule(expression: string, key: string): Schedule | undefined {
  const text = expression.trim();
  if (text === '') return undefined;
  const next = parseCron(text, key);
  if (next(new Date(0)) === null) throw invalidSchedule(text, key, 'is never due');
  const nextAfter = (instant: Date): Date => {
    const due = next(instant);
    if (due === null) throw invalidSchedule(text, key, 'is never due again');
    return due;
  };
  return { nextAfter, newestDueBetween: (since, now) => newestDueBetween(nextAfter, since, now) };
}

/** Far longer than any expression written by hand. */
const MAX_LENGTH = 200;

function parseCron(text: string, key: string): (after: Date) => Date | null {
  if (text.length > MAX_LENGTH) throw invalidSchedule(`${text.slice(0, 40)}…`, key, 'is too long');
  // croner replaces `?` with the current time, which differs between processes.
  if (text.includes('?')) throw invalidSchedule(text, key, 'contains "?", which is not supported; use "*"');
  try {
    const cron = new Cron(text, { paused: true, mode: '5-part' });
    return (after) => cron.nextRun(after);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    throw invalidSchedule(text, key, `is not a cron expression: ${reason}`, error);
  }
}

/** Due times are whole minutes. */
const MIN_GAP_MS = 60_000;

/**
 * A binary search: a year of missed minutes takes thirty steps. croner's `previousRuns` fails on some expressions and
 * returns some times twice when the clocks change.
 */
function newestDueBetween(nextAfter: (instant: Date) => Date, since: Date, now: Date): Date | undefined {
  let newest = nextAfter(since);
  if (newest.getTime() > now.getTime()) return undefined;
  let end = now.getTime();
  while (end - newest.getTime() >= MIN_GAP_MS) {
    const middle = newest.getTime() + Math.floor((end - newest.getTime()) / 2);
    const due = nextAfter(new Date(middle));
    if (due.getTime() <= now.getTime()) newest = due;
    else end = middle;
  }
  // The last interval may contain one more due time.
  const last = nextAfter(newest);
  return last.getTime() <= now.getTime() ? last : newest;
}

function invalidSchedule(expression: string, key: string, problem: string, cause?: unknown): BackupError {
  return new BackupError(`${key}: ${JSON.stringify(expression)} ${problem}`, {
    code: 'configuration',
    operation: 'read a schedule',
    hint: 'A schedule has five fields, in local time: minute, hour, day, month, weekday. "0 3 * * 0" means Sundays at 3.',
    cause,
  });
}
