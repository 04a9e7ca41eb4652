import { isoWithOffset, describeMetadataProblems, type JobRecord, type Backup } from '../store/index.js';
import { countInWords, type BackupError } from '../system/index.js';
import type { KnownProject } from '../projects/index.js';
import { describeLoss, type LostProject } from '../replication/index.js';
import type { ProjectSummary, TargetState } from './projectSummary.js';
import { worstFirst } from './severity.js';
import type { Severity, HealthProblem, HealthProblemCode } from './healthProblem.js';
import { lastSeen, unsavedMs } from './unsaved.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** All problems of a project, worst first. */
export function healthProblemsOf(summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  return [
    ...ofLive(summary),
    ...ofBackingUp(summary, now),
    ...ofDrill(summary.jobs.drill),
    ...ofNewest(summary),
    ...ofQuarantine(summary),
    ...ofUnreadable(summary),
    ...summary.replication.flatMap((target) => ofTarget(target, summary, now)),
    ...ofVault(summary),
  ].toSorted(worstFirst);
}

/** Database and backups are missing together: worse than either, as nothing is left to restore from. */
export function backupsMissing(lost: LostProject): HealthProblem {
  const { message, hint } = describeLoss(lost);
  return healthProblem('backups-gone', 'critical', sentences(message, hint));
}

export function projectMissing({ root, origins }: KnownProject): HealthProblem {
  const where = origins.includes('registry') ? 'AutoForge’s list of projects' : 'your configuration';
  return healthProblem(
    'project-gone',
    'warning',
    `The folder ${root} is missing. Restore it, or remove the project from ${where}.`,
  );
}

/** For a project whose store or configuration cannot be read. */
export function projectUnusable({ message, hint }: BackupError): HealthProblem {
  return healthProblem('store-unusable', 'critical', sentences(truncate(message), hint));
}

function ofLive(summary: ProjectSummary): readonly HealthProblem[] {
  const { live, newest, lastGood, emergencyCount, project, vault } = summary;
  switch (live?.condition) {
    case 'damaged': {
      const what = `The live database is damaged (${truncate(live.problems[0] ?? 'it failed verification')})`;
      return [healthProblem('database-damaged', 'critical', sentences(what, recoveryHint(lastGood)))];
    }
    case 'gone': {
      const hasBackups = newest !== undefined || emergencyCount > 0 || (vault?.onlyInVaultCount ?? 0) > 0;
      const severity = hasBackups ? 'critical' : 'warning';
      const what = `The live database ${project.databasePath} is missing`;
      return [healthProblem('database-gone', severity, sentences(what, recoveryHint(lastGood)))];
    }
    case 'shrunk': {
      // Named by `ofUnreadable`: a loss that may have been acknowledged is no incident.
      if (summary.acknowledgementProblem !== undefined) return [];
      const left = live.counts === undefined ? '' : ` (${String(live.counts.total)} left)`;
      const what = `The live database has far fewer features than its backups${left}`;
      const effect = 'Nothing is pruned until this is resolved';
      const action =
        'Run feature-backups compare to see what is missing. If the loss was intentional, run feature-backups acknowledge';
      return [healthProblem('database-shrunk', 'warning', sentences(what, effect, action))];
    }
    default:
      return [];
  }
}

function recoveryHint(lastGood: Backup | undefined): string {
  if (lastGood === undefined)
    return 'No backup has passed verification. Run feature-backups salvage to see what can still be read';
  return `Run feature-backups restore last-good --dry-run to preview a restore of ${lastGood.id}`;
}

function ofBackingUp(summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  const { live, newest, problem } = summary;
  const failure = failureOfBackups(summary) ?? failureOutsideStore(summary, now);
  if (failure !== undefined) {
    const what = `Backups have failed${since(failure.failingSince)}: ${truncate(failure.problem ?? 'no reason was recorded')}`;
    const action = failure.hint ?? 'Run feature-backups backup to try again';
    return [healthProblem('backup-failed', 'critical', sentences(what, action))];
  }
  // A busy database means that a writer is active, which is normal.
  if (live === undefined && problem?.code !== 'database-busy') {
    const reason = problem?.message ?? 'the live database cannot be read';
    return [
      healthProblem(
        'backup-failed',
        'critical',
        sentences(`No backup can be made: ${truncate(reason)}`, problem?.hint),
      ),
    ];
  }
  if (live?.condition !== 'sound' && live?.condition !== 'shrunk') return [];
  if (newest === undefined) {
    return [
      healthProblem(
        'never-backed-up',
        'warning',
        sentences(noBackups(summary), 'Run feature-backups backup to make one'),
      ),
    ];
  }
  return isOverdue(summary, now) ? [overdue(newest, now)] : [];
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

/** One backup can fail because another process uses the store: it counts from the second failure, or after this time. */
const TRANSIENT_MS = 10 * 60_000;

/** The failure that the store could not record, unless a backup was made after it. */
function failureOutsideStore({ unstoredFailure, newest }: ProjectSummary, now: Date): BackupFailure | undefined {
  if (unstoredFailure === undefined) return undefined;
  const { since: failingSince, at, count, problem, hint } = unstoredFailure;
  if (newest !== undefined && Date.parse(at) < lastSeen(newest).getTime()) return undefined;
  if (count < 2 && now.getTime() - Date.parse(failingSince) < TRANSIENT_MS) return undefined;
  return { failingSince, problem, hint };
}

/** The recorded failure, unless a backup was made after it. */
function failureOfBackups({ jobs, newest }: ProjectSummary): BackupFailure | undefined {
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
  const what = `The backlog has changed since its last backup, ${ageInWords(lastSeen(newest), now)} ago`;
  const action = 'Run feature-backups backup to make one, or feature-backups watch to make them automatically';
  return healthProblem('backup-overdue', 'warning', sentences(what, action));
}

function ofDrill(drill: JobRecord | undefined): readonly HealthProblem[] {
  if (drill?.ok !== false) return [];
  const what = `Restore drills have failed${since(drill.failingSince)}: ${truncate(drill.problem ?? 'no reason was recorded')}`;
  return [
    healthProblem('drill-failed', 'critical', sentences(what, 'Run feature-backups verify to check every backup')),
  ];
}

function ofNewest({ newest, lastGood }: ProjectSummary): readonly HealthProblem[] {
  if (newest?.metadata?.verified?.ok !== false) return [];
  const rest =
    lastGood === undefined ? 'No other backup has passed verification' : `The last good backup is ${lastGood.id}`;
  const message = sentences(
    `The newest backup ${newest.id} is damaged`,
    rest,
    'Run feature-backups backup to make a new one',
  );
  return [
    {
      ...healthProblem('backup-damaged', lastGood === undefined ? 'critical' : 'warning', message),
      subject: newest.id,
    },
  ];
}

/** A problem for as long as the quarantine contains a backup. */
function ofQuarantine({ quarantineCount, lastGood }: ProjectSummary): readonly HealthProblem[] {
  if (quarantineCount === 0) return [];
  const subject = quarantineCount === 1 ? 'One backup is' : `${String(quarantineCount)} backups are`;
  const message = sentences(
    `${subject} in quarantine after failing verification; the disk may be failing`,
    'Run feature-backups list --quarantine to see what was moved there. Nothing in quarantine is deleted automatically',
  );
  const severity = lastGood === undefined ? 'critical' : 'warning';
  return [{ ...healthProblem('backup-damaged', severity, message), subject: 'quarantine' }];
}

function ofUnreadable({
  metadataProblems,
  jobsProblem,
  acknowledgementProblem,
}: ProjectSummary): readonly HealthProblem[] {
  const problems: HealthProblem[] = [];
  const unknown = describeMetadataProblems(metadataProblems);
  if (unknown !== undefined) {
    const action = 'Make these files readable for your user, or repair them';
    problems.push(healthProblem('metadata-unreadable', 'warning', sentences(unknown, action)));
  }
  if (jobsProblem !== undefined) {
    const what = `The results of backups, drills and syncs are unknown: ${withPath(jobsProblem)}`;
    const text = sentences(what, jobsProblem.hint);
    problems.push({ ...healthProblem('metadata-unreadable', 'warning', text), subject: 'jobs' });
  }
  if (acknowledgementProblem !== undefined) {
    const what = `Whether the loss of features was acknowledged is unknown: ${withPath(acknowledgementProblem)}`;
    const text = sentences(what, 'Backups are still made, but no backup is pruned', acknowledgementProblem.hint);
    problems.push({ ...healthProblem('metadata-unreadable', 'warning', text), subject: 'acknowledged' });
  }
  return problems;
}

/** The system names the file in some of its errors, and in others it does not. */
function withPath({ message, path = '' }: BackupError): string {
  const text = truncate(message);
  return text.includes(path) ? text : `${text} (${path})`;
}

/** After this long, the copy at a target is too old to rely on. */
const CRITICAL_AFTER_MS = 3 * DAY_MS;

function ofTarget(target: TargetState, summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  const { newest, project, jobsProblem } = summary;
  if (jobsProblem !== undefined) return [];
  const { name, problem, failingSince, lastOkAt } = target;
  const action = 'Run feature-backups replicate to try again';
  const of = (severity: Severity, what: string): readonly HealthProblem[] => [
    { ...healthProblem('replication-failed', severity, sentences(what, action)), subject: name },
  ];
  if (problem !== undefined) {
    const failingMs = now.getTime() - Date.parse(failingSince ?? '');
    return of(
      failingMs > CRITICAL_AFTER_MS ? 'critical' : 'warning',
      `Sync to ${name} has failed${since(failingSince)}: ${truncate(problem)}`,
    );
  }
  const limitMs = project.configuration.notifications.overdueAfterHours * HOUR_MS;
  if (limitMs === 0 || newest === undefined || now.getTime() - newest.createdAt.getTime() <= limitMs) return [];
  if (lastOkAt === undefined) return of('warning', `Nothing has been synced to ${name} yet`);
  if (Date.parse(lastOkAt) >= newest.createdAt.getTime()) return [];
  return of('warning', `${name} lacks newer backups: the last sync was at ${formatLocalTime(lastOkAt)}`);
}

/** Never critical, because the vault is a second copy on the same computer. */
function ofVault({ vault }: ProjectSummary): readonly HealthProblem[] {
  if (vault?.problem === undefined) return [];
  const what = `Copying backups into the vault has failed${since(vault.failingSince)}: ${truncate(vault.problem)}`;
  const action = 'The next backup tries again';
  return [{ ...healthProblem('replication-failed', 'warning', sentences(what, action)), subject: 'vault' }];
}

function healthProblem(code: HealthProblemCode, severity: Severity, message: string): HealthProblem {
  return { code, severity, subject: '', message };
}

function sentences(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== '')
    .map((part) => (/[.!?]$/.test(part ?? '') ? part : `${part ?? ''}.`))
    .join(' ');
}

/** A recorded reason can have any length. */
function truncate(text: string): string {
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, MAX_REASON_LENGTH)}…`;
}

const MAX_REASON_LENGTH = 300;

function since(iso: string | undefined): string {
  return iso === undefined ? '' : ` since ${formatLocalTime(iso)}`;
}

/** "2026-01-25 14:46", local. */
function formatLocalTime(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? 'an unknown time' : isoWithOffset(at).slice(0, 16).replace('T', ' ');
}

function ageInWords(then: Date, now: Date): string {
  const hours = Math.floor((now.getTime() - then.getTime()) / HOUR_MS);
  if (hours < 0) return 'an unknown time';
  return hours < 48 ? `${String(hours)} hours` : `${String(Math.floor(hours / 24))} days`;
}
