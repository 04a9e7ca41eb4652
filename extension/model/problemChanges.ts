import { isAlarm, type HealthProblem, type HealthProblemCode } from '../../core/health/index.js';
import { isRecord } from '../../core/system/index.js';
import type { ProjectState } from './projectState.js';

/** A problem that was reported, as the workspace state records it. */
export interface NotifiedProblem {
  readonly code: HealthProblemCode;
  readonly subject: string;
}

/** Which problems to report as opened and resolved, and which count as reported afterwards. */
export interface ProblemChanges {
  readonly opened: readonly HealthProblem[];
  readonly resolved: readonly NotifiedProblem[];
  readonly notified: readonly NotifiedProblem[];
}

/**
 * Compares the problems of a project with those that were reported. A problem that could not be checked stays reported,
 * as in the engine's own notifications.
 */
export function problemChanges(
  { problems, undetermined }: Pick<ProjectState, 'problems' | 'undetermined'>,
  notified: readonly NotifiedProblem[],
  isNotified: (code: HealthProblemCode) => boolean,
): ProblemChanges {
  const present = problems.filter((problem) => isAlarm(problem) && isNotified(problem.code));
  const absent = notified.filter((problem) => !includes(present, problem));
  const kept = absent.filter(({ code }) => undetermined.includes(code));
  return {
    opened: present.filter((problem) => !includes(notified, problem)),
    resolved: absent.filter((problem) => !kept.includes(problem)),
    notified: [...present, ...kept].map(({ code, subject }) => ({ code, subject })),
  };
}

/** The problems that an earlier version reported under its own names. Whether they are resolved is unknown. */
export function parseEarlierProblems(value: unknown): readonly NotifiedProblem[] {
  return parseList(value).flatMap(({ kind, subject }) => {
    const code = typeof kind === 'string' && Object.hasOwn(EARLIER_KINDS, kind) ? EARLIER_KINDS[kind] : undefined;
    return code === undefined || typeof subject !== 'string' ? [] : [{ code, subject }];
  });
}

const EARLIER_KINDS: Readonly<Record<string, HealthProblemCode>> = {
  damaged: 'database-damaged',
  gone: 'database-gone',
  shrunk: 'database-shrunk',
  backupFailed: 'backup-failed',
  drillFailed: 'drill-failed',
  replicationFailed: 'replication-failed',
  overdue: 'backup-overdue',
};

/** Another version may have written the workspace state. */
export function parseNotified(
  value: unknown,
  isCode: (text: string) => text is HealthProblemCode,
): readonly NotifiedProblem[] {
  return parseList(value).flatMap(({ code, subject }) =>
    typeof code === 'string' && isCode(code) && typeof subject === 'string' ? [{ code, subject }] : [],
  );
}

function parseList(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function includes(problems: readonly NotifiedProblem[], { code, subject }: NotifiedProblem): boolean {
  return problems.some((problem) => problem.code === code && problem.subject === subject);
}
