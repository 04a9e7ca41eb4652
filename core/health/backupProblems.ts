import { describeMetadataProblems, type Backup, type JobRecord } from '../store/index.js';
import { countInWords, type BackupError } from '../system/index.js';
import { healthProblem, since, truncate } from './describeProblem.js';
import type { HealthProblem, HealthProblemCode } from './healthProblem.js';
import type { ProjectSummary } from './projectSummary.js';
import { worstFirst, type AlarmSeverity } from './severity.js';
import { lastSeen, unsavedMs } from './unsaved.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The problems of making backups, and of the backups themselves. */
export function backupProblems(summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  return [
    ...missedBackupProblems(summary, now),
    ...drillProblems(summary.jobs.drill),
    ...newestBackupProblems(summary),
    ...quarantineProblems(summary),
    ...unreadableFileProblems(summary),
  ];
}

/** Backups that failed, cannot be made, or are late. */
function missedBackupProblems(summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  const { live, newest, problem } = summary;
  const failure = recordedFailure(summary) ?? failureOutsideStore(summary, now);
  if (failure !== undefined) {
    const { failingSince, problem: reason = 'no reason was recorded', hint } = failure;
    const what = `Backups have failed${since(failingSince)}: ${truncate(reason)}`;
    return [backupFailed(what, hint ?? 'Run feature-backups backup to try again')];
  }
  if (summary.storeProblem !== undefined) {
    const { message, hint: advice } = summary.storeProblem;
    return [{ ...backupFailed(`No backup can be made: ${truncate(message)}`, advice), severity: 'warning' }];
  }
  // A busy database means that a writer is active, which is normal.
  if (live === undefined && problem?.code !== 'database-busy') {
    const reason = problem?.message ?? 'the live database cannot be read';
    return [backupFailed(`No backup can be made: ${truncate(reason)}`, problem?.hint)];
  }
  if (live?.condition !== 'sound' && live?.condition !== 'shrunk') return [];
  if (newest === undefined) {
    return [
      healthProblem({
        code: 'never-backed-up',
        severity: 'warning',
        what: [noBackups(summary)],
        advice: ['Run feature-backups backup to make one'],
        actions: ['back-up'],
      }),
    ];
  }
  return isOverdue(summary, now) ? [overdue(newest, now)] : [];
}

function backupFailed(what: string, advice: string | undefined): HealthProblem {
  return healthProblem({
    code: 'backup-failed',
    severity: 'critical',
    what: [what],
    advice: [advice],
    actions: ['back-up'],
  });
}

function noBackups({ quarantineCount, vault }: ProjectSummary): string {
  const copies = vault?.onlyInVaultCount ?? 0;
  if (quarantineCount > 0) return 'All backups are in quarantine';
  if (copies === 0) return 'No backups yet';
  return `The store has no backups; the vault still contains ${countInWords(copies, 'backup')}, which can be restored`;
}

interface BackupFailure {
  readonly failingSince?: string | undefined;
  readonly problem?: string | undefined;
  readonly hint?: string | undefined;
}

/** A single failure may only mean that another process used the store. It counts once repeated, or after this time. */
const TRANSIENT_MS = 10 * 60_000;

/** The failure that the store could not record, unless a backup was made after it. */
function failureOutsideStore({ unstoredFailure, newest }: ProjectSummary, now: Date): BackupFailure | undefined {
  if (unstoredFailure === undefined) return undefined;
  const { since: failingSince, at, count, problem, hint } = unstoredFailure;
  if (newest !== undefined && Date.parse(at) < lastSeen(newest).getTime()) return undefined;
  if (count < 2 && now.getTime() - Date.parse(failingSince) < TRANSIENT_MS) return undefined;
  return { failingSince, problem, hint };
}

/** The failure that the store has recorded, unless a backup was made after it. */
function recordedFailure({ jobs, newest }: ProjectSummary): BackupFailure | undefined {
  const savedMs = newest === undefined ? -Infinity : lastSeen(newest).getTime();
  return [jobs.backup, jobs['scheduled-backup']].find(
    (job) => job?.ok === false && Date.parse(job.endedAt ?? '') >= savedMs,
  );
}

function isOverdue(summary: ProjectSummary, now: Date): boolean {
  const limitMs = summary.project.configuration.notifications.overdueAfterHours * HOUR_MS;
  return limitMs > 0 && summary.live?.changed === true && (unsavedMs(summary, now) ?? Infinity) > limitMs;
}

function overdue(newest: Backup, now: Date): HealthProblem {
  return healthProblem({
    code: 'backup-overdue',
    severity: 'warning',
    what: [`The backlog has changed since its last backup, ${ageInWords(lastSeen(newest), now)} ago`],
    advice: ['Run feature-backups backup to make one, or feature-backups watch to make them automatically'],
    actions: ['back-up'],
  });
}

/** An age at which changes that have not been backed up are a problem, whatever the project's configuration says. */
export interface OverdueLimit {
  readonly hours: number;
  readonly severity: AlarmSeverity;
}

/** A project's problems with another limit for changes that have not been backed up. Unchanged without a limit. */
export function withOverdueLimit(
  problems: readonly HealthProblem[],
  summary: ProjectSummary | undefined,
  limit: OverdueLimit | undefined,
  now: Date,
): readonly HealthProblem[] {
  const ageHours = summary === undefined ? 0 : (unsavedMs(summary, now) ?? 0) / HOUR_MS;
  if (limit === undefined || summary?.newest === undefined || ageHours <= limit.hours) return problems;
  const late: HealthProblem = { ...overdue(summary.newest, now), severity: limit.severity };
  if (problems.some((problem) => CAUSES_OF_DELAY.has(problem.code) && worstFirst(problem, late) < 0)) return problems;
  return [...problems.filter(({ code }) => code !== late.code), late].sort(worstFirst);
}

/** These problems explain why backups are late. */
const CAUSES_OF_DELAY: ReadonlySet<HealthProblemCode> = new Set<HealthProblemCode>([
  'database-damaged',
  'database-gone',
  'backup-failed',
]);

function ageInWords(then: Date, now: Date): string {
  const passedMs = now.getTime() - then.getTime();
  const hours = Math.floor(passedMs / HOUR_MS);
  if (hours < 0) return 'an unknown time';
  if (hours === 0) return countInWords(Math.floor(passedMs / MINUTE_MS), 'minute');
  return hours < 48 ? countInWords(hours, 'hour') : `${String(Math.floor(hours / 24))} days`;
}

function drillProblems(drill: JobRecord | undefined): readonly HealthProblem[] {
  if (drill?.ok !== false) return [];
  const reason = truncate(drill.problem ?? 'no reason was recorded');
  return [
    healthProblem({
      code: 'drill-failed',
      severity: 'critical',
      what: [`Restore drills have failed${since(drill.failingSince)}: ${reason}`],
      advice: ['Run feature-backups verify to check every backup'],
      actions: ['verify', 'drill', 'back-up'],
    }),
  ];
}

function newestBackupProblems({ newest, lastGood }: ProjectSummary): readonly HealthProblem[] {
  if (newest?.metadata?.verified?.ok !== false) return [];
  const fallback =
    lastGood === undefined ? 'No other backup has passed verification' : `The last good backup is ${lastGood.id}`;
  return [
    healthProblem({
      code: 'backup-damaged',
      severity: lastGood === undefined ? 'critical' : 'warning',
      subject: newest.id,
      what: [`The newest backup ${newest.id} is damaged`, fallback],
      advice: ['Run feature-backups backup to make a new one'],
      actions: ['back-up', 'verify'],
    }),
  ];
}

/** Reported until the quarantine is empty. */
function quarantineProblems({ quarantineCount, lastGood }: ProjectSummary): readonly HealthProblem[] {
  if (quarantineCount === 0) return [];
  const backups = quarantineCount === 1 ? 'One backup is' : `${String(quarantineCount)} backups are`;
  return [
    healthProblem({
      code: 'backup-damaged',
      severity: lastGood === undefined ? 'critical' : 'warning',
      subject: 'quarantine',
      what: [`${backups} in quarantine after failing verification; the disk may be failing`],
      advice: [
        'Run feature-backups list --quarantine to see what was moved there. Nothing in quarantine is deleted automatically',
      ],
      actions: ['verify', 'back-up'],
    }),
  ];
}

function unreadableFileProblems(summary: ProjectSummary): readonly HealthProblem[] {
  const { metadataProblems, jobsProblem, acknowledgementProblem } = summary;
  const unreadable = (
    parts: Pick<HealthProblem, 'subject'> & { what: string; advice: readonly (string | undefined)[] },
  ) => healthProblem({ code: 'metadata-unreadable', severity: 'warning', ...parts, what: [parts.what] });
  const problems: HealthProblem[] = [];
  const unknown = describeMetadataProblems(metadataProblems);
  if (unknown !== undefined) {
    const advice = ['Make these files readable for your user, or repair them'];
    problems.push(unreadable({ subject: '', what: unknown, advice }));
  }
  if (jobsProblem !== undefined) {
    const what = `The results of backups, drills and syncs are unknown: ${withPath(jobsProblem)}`;
    problems.push(unreadable({ subject: 'jobs', what, advice: [jobsProblem.hint] }));
  }
  if (acknowledgementProblem !== undefined) {
    const what = `Whether the loss of features was acknowledged is unknown: ${withPath(acknowledgementProblem)}`;
    const advice = ['Backups are still made, but no backup is pruned', acknowledgementProblem.hint];
    problems.push(unreadable({ subject: 'acknowledged', what, advice }));
  }
  return problems;
}

/** Only some errors of the system name the file. */
function withPath({ message, path = '' }: BackupError): string {
  const text = truncate(message);
  return text.includes(path) ? text : `${text} (${path})`;
}
