import { isAlarm, worstFirst, type HealthProblem, type HealthProblemCode } from '../health/index.js';
import { isoWithOffset } from '../store/index.js';
import type { NotifyState, Incident } from './incident.js';

/** The part of a problem that is recorded and sent. */
type ReportedProblem = Pick<HealthProblem, 'code' | 'severity' | 'subject' | 'message'>;

/** The result of checking one project. */
export interface Finding {
  readonly project: string;
  readonly problems: readonly ReportedProblem[];
  /** Codes that could not be checked. Their incidents stay open. */
  readonly undetermined?: readonly HealthProblemCode[] | undefined;
}

const DAY_MS = 86_400_000;
/** A project that is no longer checked would keep its incidents open forever. */
const FORGET_AFTER_MS = 7 * DAY_MS;
/** Far more than real projects have; limits the size of the record. */
const MAX_INCIDENTS = 2000;
const MAX_MESSAGE_LENGTH = 1000;

/**
 * Merges the results of some projects into the record. A resolved incident stays until every channel that reported it
 * has reported the resolution; an incident that was never reported is removed at once.
 */
export function mergeFindings(
  state: NotifyState,
  findings: readonly Finding[],
  channels: readonly string[],
  now: Date,
): NotifyState {
  const foundIncidents = new Map<string, Incident>();
  const at = isoWithOffset(now);
  for (const { project, problems } of findings) {
    for (const { code, severity, subject, message } of problems) {
      const text = message.slice(0, MAX_MESSAGE_LENGTH);
      const incident = { project, code, subject, severity, message: text, since: at, seenAt: at, reportedTo: [] };
      foundIncidents.set(keyOf(incident), incident);
    }
  }
  const checked = new Map(findings.map(({ project, undetermined = [] }) => [project, undetermined]));
  const deleted = new Set(findings.filter(isDeletedOnPurpose).map(({ project }) => project));
  const known = new Map(state.incidents.map((incident) => [keyOf(incident), incident]));
  const before = [...known].flatMap(([key, recorded]) => {
    const incident = { ...recorded, reportedTo: recorded.reportedTo.filter((channel) => channels.includes(channel)) };
    // The incidents of a deleted project are neither open nor resolved.
    if (deleted.has(incident.project)) return [];
    const undetermined = checked.get(incident.project);
    if (undetermined === undefined) return isExpired(incident, now) ? [] : [incident];
    const current = foundIncidents.get(key);
    if (current === undefined && undetermined.includes(incident.code))
      return [{ ...incident, seenAt: refreshSeenAt(incident, at, now) }];
    return updateIncident(incident, current, at, now);
  });
  const added = [...foundIncidents].flatMap(([key, incident]) =>
    known.has(key) || !isAlarm(incident) ? [] : [incident],
  );
  return { ...state, incidents: [...before, ...added.toSorted(worstFirst)].slice(0, MAX_INCIDENTS) };
}

function isDeletedOnPurpose({ problems }: Finding): boolean {
  return problems.some(({ code, severity }) => code === 'backups-gone' && severity === 'information');
}

function updateIncident(before: Incident, current: Incident | undefined, at: string, now: Date): Incident[] {
  const seenAt = refreshSeenAt(before, at, now);
  if (current !== undefined) {
    const { severity, message } = current;
    // If it reopens before its resolution was reported, neither is reported.
    return [{ ...before, severity, message, seenAt, resolvedAt: undefined }];
  }
  return before.reportedTo.length === 0 ? [] : [{ ...before, seenAt, resolvedAt: before.resolvedAt ?? at }];
}

/** Updated once a day, so the record is not written at every check. */
function refreshSeenAt({ seenAt }: Incident, at: string, now: Date): string {
  return isOlderThan(seenAt, DAY_MS, now) ? at : seenAt;
}

function isExpired({ seenAt }: Incident, now: Date): boolean {
  return isOlderThan(seenAt, FORGET_AFTER_MS, now);
}

function isOlderThan(time: string, ms: number, now: Date): boolean {
  return Math.abs(now.getTime() - Date.parse(time)) >= ms;
}

export interface Due {
  readonly opened: readonly Incident[];
  readonly resolved: readonly Incident[];
}

/** The incidents that a channel still has to report. */
export function dueFor(channel: string, { incidents }: NotifyState): Due {
  return {
    opened: incidents
      .filter(({ resolvedAt, reportedTo }) => resolvedAt === undefined && !reportedTo.includes(channel))
      .sort(worstFirst),
    resolved: incidents.filter(
      ({ resolvedAt, reportedTo }) => resolvedAt !== undefined && reportedTo.includes(channel),
    ),
  };
}

/** Records that a channel has reported what was due. Other processes may have changed the record in the meantime. */
export function recordNotified(state: NotifyState, channel: string, { opened, resolved }: Due, now: Date): NotifyState {
  const notifiedNow = new Map(opened.map((incident) => [keyOf(incident), incident]));
  const resolvedNow = new Set(resolved.map(keyOf));
  const incidents = state.incidents.flatMap((incident) => {
    const key = keyOf(incident);
    const others = incident.reportedTo.filter((notified) => notified !== channel);
    const isNotified = notifiedNow.delete(key) || (!resolvedNow.has(key) && incident.reportedTo.includes(channel));
    const notifiedChannels = isNotified ? [...others, channel] : others;
    return incident.resolvedAt !== undefined && notifiedChannels.length === 0
      ? []
      : [{ ...incident, reportedTo: notifiedChannels }];
  });
  // Resolved while the message was being sent, so the resolution must still be reported.
  const resolvedMeanwhile = [...notifiedNow.values()].map((incident) => ({
    ...incident,
    reportedTo: [channel],
    resolvedAt: isoWithOffset(now),
  }));
  return { ...state, incidents: [...incidents, ...resolvedMeanwhile] };
}

export function openIncidents({ incidents }: NotifyState): readonly Incident[] {
  return incidents.filter(({ resolvedAt }) => resolvedAt === undefined).sort(worstFirst);
}

function keyOf({ project, code, subject }: Incident): string {
  return JSON.stringify([project, code, subject]);
}
