import { worstFirst, type Trouble, type TroubleCode } from '../health/index.js';
import { isoWithOffset } from '../store/index.js';
import type { NotifyState, OpenTrouble } from './types.js';

/** What one look at one project found. */
export interface Finding {
  readonly project: string;
  readonly troubles: readonly Trouble[];
  /** What could not be judged: such a trouble is not over because it was not found. */
  readonly undetermined?: readonly TroubleCode[] | undefined;
}

const DAY_MS = 86_400_000;
/** Who has not been looked at for so long is not looked at any more: nobody would ever say that it is well again. */
const FORGET_AFTER_MS = 7 * DAY_MS;
/** Thirty projects have fewer; a bound all the same, so that the record stays small whatever happens. */
const MAX_TROUBLES = 2000;
const MAX_MESSAGE = 1000;

/**
 * The record after a look at some projects; of the others it stays as it is. A trouble that is over stays in it until
 * every channel that told of it has told that too; one that nobody told of is forgotten at once.
 */
export function mergeFindings(
  state: NotifyState,
  findings: readonly Finding[],
  channels: readonly string[],
  now: Date,
): NotifyState {
  const found = new Map<string, OpenTrouble>();
  const at = isoWithOffset(now);
  for (const { project, troubles } of findings) {
    for (const { code, severity, subject, message } of troubles) {
      const text = message.slice(0, MAX_MESSAGE);
      const trouble = { project, code, subject, severity, message: text, since: at, seenAt: at, toldTo: [] };
      found.set(keyOf(trouble), trouble);
    }
  }
  const looked = new Map(findings.map(({ project, undetermined = [] }) => [project, undetermined]));
  const known = new Map(state.troubles.map((trouble) => [keyOf(trouble), trouble]));
  const before = [...known].flatMap(([key, trouble]) => {
    const kept = { ...trouble, toldTo: trouble.toldTo.filter((channel) => channels.includes(channel)) };
    const undetermined = looked.get(trouble.project);
    if (undetermined === undefined) return isForgotten(trouble, now) ? [] : [kept];
    const present = found.get(key);
    if (present === undefined && undetermined.includes(trouble.code))
      return [{ ...kept, seenAt: daily(kept, at, now) }];
    return stillOpen(kept, present, at, now);
  });
  const added = [...found].flatMap(([key, trouble]) => (known.has(key) ? [] : [trouble]));
  return { ...state, troubles: [...before, ...added.toSorted(worstFirst)].slice(0, MAX_TROUBLES) };
}

function stillOpen(before: OpenTrouble, now: OpenTrouble | undefined, at: string, nowDate: Date): OpenTrouble[] {
  const seenAt = daily(before, at, nowDate);
  if (now !== undefined) {
    const { severity, message } = now;
    // Whoever was not yet told that it was over need not hear that it is back either.
    return [{ ...before, severity, message, seenAt, overAt: undefined }];
  }
  return before.toldTo.length === 0 ? [] : [{ ...before, seenAt, overAt: before.overAt ?? at }];
}

/** To the day: the record need not be written at every look. */
function daily({ seenAt }: OpenTrouble, at: string, now: Date): string {
  return isOlderThan(seenAt, DAY_MS, now) ? at : seenAt;
}

function isForgotten({ seenAt }: OpenTrouble, now: Date): boolean {
  return isOlderThan(seenAt, FORGET_AFTER_MS, now);
}

function isOlderThan(time: string, ms: number, now: Date): boolean {
  return Math.abs(now.getTime() - Date.parse(time)) >= ms;
}

export interface Due {
  readonly news: readonly OpenTrouble[];
  readonly over: readonly OpenTrouble[];
}

/** What a channel has still to tell. */
export function dueFor(channel: string, { troubles }: NotifyState): Due {
  return {
    news: troubles.filter(({ overAt, toldTo }) => overAt === undefined && !toldTo.includes(channel)).sort(worstFirst),
    over: troubles.filter(({ overAt, toldTo }) => overAt !== undefined && toldTo.includes(channel)),
  };
}

/** The record after a channel has told what was due. Others may have changed the record meanwhile. */
export function noteTold(state: NotifyState, channel: string, { news, over }: Due, now: Date): NotifyState {
  const toldNow = new Map(news.map((trouble) => [keyOf(trouble), trouble]));
  const overNow = new Set(over.map(keyOf));
  const troubles = state.troubles.flatMap((trouble) => {
    const key = keyOf(trouble);
    const others = trouble.toldTo.filter((told) => told !== channel);
    const isTold = toldNow.delete(key) || (!overNow.has(key) && trouble.toldTo.includes(channel));
    const toldTo = isTold ? [...others, channel] : others;
    return trouble.overAt !== undefined && toldTo.length === 0 ? [] : [{ ...trouble, toldTo }];
  });
  // Told, but over before that could be noted: then that is still to be told.
  const overMeanwhile = [...toldNow.values()].map((trouble) => ({
    ...trouble,
    toldTo: [channel],
    overAt: isoWithOffset(now),
  }));
  return { ...state, troubles: [...troubles, ...overMeanwhile] };
}

/** Those that are not over. */
export function openTroubles({ troubles }: NotifyState): readonly OpenTrouble[] {
  return troubles.filter(({ overAt }) => overAt === undefined).sort(worstFirst);
}

function keyOf({ project, code, subject }: OpenTrouble): string {
  return JSON.stringify([project, code, subject]);
}
