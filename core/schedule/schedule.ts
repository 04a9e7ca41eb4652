import { Cron } from 'croner';
import { BackupError } from '../system/index.js';

/** When something is due, by a cron expression in the local time of this machine. */
export interface Schedule {
  /** The first due time after an instant. */
  nextAfter(instant: Date): Date;
  /** The newest due time after `since` and not after `now`; undefined where nothing came due between the two. */
  newestBetween(since: Date, now: Date): Date | undefined;
}

/**
 * Reads a cron expression of five fields, or a nickname such as `@daily`; undefined for an empty one: not scheduled.
 * Throws `configuration` naming the key for everything else, and for what never comes due (the 30th of February).
 */
export function parseSchedule(expression: string, key: string): Schedule | undefined {
  const text = expression.trim();
  if (text === '') return undefined;
  const next = nextRunOf(text, key);
  if (next(new Date(0)) === null) throw wrong(text, key, 'is never due');
  const nextAfter = (instant: Date): Date => {
    const due = next(instant);
    if (due === null) throw wrong(text, key, 'is not due any more');
    return due;
  };
  return { nextAfter, newestBetween: (since, now) => newestBetween(nextAfter, since, now) };
}

/** Nobody writes a longer one by hand. */
const MAX_LENGTH = 200;

function nextRunOf(text: string, key: string): (after: Date) => Date | null {
  if (text.length > MAX_LENGTH) throw wrong(`${text.slice(0, 40)}…`, key, 'is too long');
  // To croner `?` means the moment at which it is asked, which every process would take for another one.
  if (text.includes('?')) throw wrong(text, key, 'holds a ?, which has no fixed meaning here; write *');
  try {
    const cron = new Cron(text, { paused: true, mode: '5-part' });
    return (after) => cron.nextRun(after);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    throw wrong(text, key, `is no cron expression: ${reason}`, error);
  }
}

/** Due times are whole minutes: between two closer than this there is no third. */
const MIN_GAP_MS = 60_000;

/**
 * Found by halving: a year of missed minutes takes thirty steps. (Croner's own way back in time, `previousRuns`, fails on
 * some expressions and gives some times twice where the clocks change.)
 */
function newestBetween(nextAfter: (instant: Date) => Date, since: Date, now: Date): Date | undefined {
  let newest = nextAfter(since);
  if (newest.getTime() > now.getTime()) return undefined;
  let end = now.getTime();
  while (end - newest.getTime() >= MIN_GAP_MS) {
    const middle = newest.getTime() + Math.floor((end - newest.getTime()) / 2);
    const due = nextAfter(new Date(middle));
    if (due.getTime() <= now.getTime()) newest = due;
    else end = middle;
  }
  // The halves have come closer than a minute, and yet one more may lie between them.
  const last = nextAfter(newest);
  return last.getTime() <= now.getTime() ? last : newest;
}

function wrong(expression: string, key: string, problem: string, cause?: unknown): BackupError {
  return new BackupError(`${key}: ${JSON.stringify(expression)} ${problem}`, {
    code: 'configuration',
    operation: 'read a schedule',
    hint: 'A schedule has five fields, in local time: minute, hour, day, month, weekday. "0 3 * * 0" means Sundays at 3.',
    cause,
  });
}
