import { worstFirst, type HealthProblem, type HealthProblemCode } from '../health/index.js';
import { isoWithOffset } from '../store/index.js';
import type { NotifyState, Incident } from './incident.js';

/** What one look at one project found. */
export interface Finding {
  readonly project: string;
  readonly problems: readonly HealthProblem[];
  /** What could not be judged: such a trouble is not over because it was not found. */
  readonly undetermined?: readonly HealthProblemCode[] | undefined;
}

const DAY_MS = 86_400_000;
/** Who has not been looked at for so long is not looked at any more: nobody would ever say that it is well again. */
const FORGET_AFTER_MS = 7 * DAY_MS;
/** Thirty projects have fewer; a bound all the same, so that the record stays small whatever happens. */
const MAX_INCIDENTS = 2000;
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
  const found = new Map<string, Incident>();
  const at = isoWithOffset(now);
  for (const { project, problems: incidents } of findings) {
    for (const { code, severity, subject, message } of incidents) {
      const text = message.slice(0, MAX_MESSAGE);
      const incident = { project, code, subject, severity, message: text, since: at, seenAt: at, toldTo: [] };
      found.set(keyOf(incident), incident);
    }
  }
  const checked = new Map(findings.map(({ project, undetermined = [] }) => [project, undetermined]));
  const known = new Map(state.troubles.map((incident) => [keyOf(incident), incident]));
  const before = [...known].flatMap(([key, trouble]) => {
    const kept = { ...trouble, toldTo: trouble.toldTo.filter((channel) => channels.includes(channel)) };
    const undetermined = checked.get(trouble.project);
    if (undetermined === undefined) return isForgotten(trouble, now) ? [] : [kept];
    const present = found.get(key);
    if (present === undefined && undetermined.includes(trouble.code))
      return [{ ...kept, seenAt: daily(kept, at, now) }];
    return stillOpen(kept, present, at, now);
  });
  const added = [...found].flatMap(([key, trouble]) => (known.has(key) ? [] : [trouble]));
  return { ...state, troubles: [...before, ...added.toSorted(worstFirst)].slice(0, MAX_INCIDENTS) };
}

function stillOpen(before: Incident, now: Incident | undefined, at: string, nowDate: Date): Incident[] {
  const seenAt = daily(before, at, nowDate);
  if (now !== undefined) {
    const { severity, message } = now;
    // Whoever was not yet told that it was over need not hear that it is back either.
    return [{ ...before, severity, message, seenAt, overAt: undefined }];
  }
  return before.toldTo.length === 0 ? [] : [{ ...before, seenAt, overAt: before.overAt ?? at }];
}

/** To the day: the record need not be written at every look. */
function daily({ seenAt }: Incident, at: string, now: Date): string {
  return isOlderThan(seenAt, DAY_MS, now) ? at : seenAt;
}

function isForgotten({ seenAt }: Incident, now: Date): boolean {
  return isOlderThan(seenAt, FORGET_AFTER_MS, now);
}

function isOlderThan(time: string, ms: number, now: Date): boolean {
  return Math.abs(now.getTime() - Date.parse(time)) >= ms;
}

export interface Due {
  readonly opened: readonly Incident[];
  readonly resolved: readonly Incident[];
}

/** What a channel has still to tell. */
export function dueFor(channel: string, { troubles }: NotifyState): Due {
  return {
    opened: troubles.filter(({ overAt, toldTo }) => overAt === undefined && !toldTo.includes(channel)).sort(worstFirst),
    resolved: troubles.filter(({ overAt, toldTo }) => overAt !== undefined && toldTo.includes(channel)),
  };
}

/** The record after a channel has told what was due. Others may have changed the record meanwhile. */
export function recordNotified(
  state: NotifyState,
  channel: string,
  { opened: message, resolved: over }: Due,
  now: Date,
): NotifyState {
  const notifiedNow = new Map(message.map((incident) => [keyOf(incident), incident]));
  const overNow = new Set(over.map(keyOf));
  const incidents = state.troubles.flatMap((incident) => {
    const key = keyOf(incident);
    const others = incident.toldTo.filter((notified) => notified !== channel);
    const isNotified = notifiedNow.delete(key) || (!overNow.has(key) && incident.toldTo.includes(channel));
    const notifiedChannels = isNotified ? [...others, channel] : others;
    return incident.overAt !== undefined && notifiedChannels.length === 0
      ? []
      : [{ ...incident, toldTo: notifiedChannels }];
  });
  // Told, but over before that could be noted: then that is still to be told.
  const overMeanwhile = [...notifiedNow.values()].map((incident) => ({
    ...incident,
    toldTo: [channel],
    overAt: isoWithOffset(now),
  }));
  return { ...state, troubles: [...incidents, ...overMeanwhile] };
}

/** Those that are not over. */
export function openIncidents({ troubles }: NotifyState): readonly Incident[] {
  return troubles.filter(({ overAt }) => overAt === undefined).sort(worstFirst);
}

function keyOf({ project, code, subject }: Incident): string {
  return JSON.stringify([project, code, subject]);
}
