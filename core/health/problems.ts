import { isoWithOffset, describeMetadataProblems, type JobRecord, type Backup } from '../store/index.js';
import type { BackupError } from '../system/index.js';
import type { KnownProject } from '../projects/index.js';
import type { ProjectSummary, TargetState } from './projectSummary.js';
import { worstFirst } from './severity.js';
import type { Severity, HealthProblem, HealthProblemCode } from './healthProblem.js';
import { lastSeen, unsavedMs } from './unsaved.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Everything that is wrong with a project, worst first. Depends on nothing but its arguments. */
export function healthProblemsOf(summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  return [
    ...ofLive(summary),
    ...ofBackingUp(summary, now),
    ...ofDrill(summary.jobs.drill),
    ...ofNewest(summary),
    ...ofQuarantine(summary),
    ...ofUnreadable(summary),
    ...summary.replication.flatMap((target) => ofTarget(target, summary, now)),
  ].toSorted(worstFirst);
}

/** The folder of a known project does not exist, and with it everything that lay in it. */
export function projectGone({ root, origins }: KnownProject): HealthProblem {
  const where = origins.includes('registry') ? 'AutoForge’s list of projects' : 'your configuration';
  return healthProblem(
    'project-gone',
    'warning',
    `There is no folder ${root} any more: bring it back, or take the project out of ${where}.`,
  );
}

/** Nothing can be said, or saved, of a project whose store or configuration cannot be read. */
export function projectUnusable({ message, hint }: BackupError): HealthProblem {
  return healthProblem('store-unusable', 'critical', sentences(short(message), hint));
}

function ofLive(summary: ProjectSummary): readonly HealthProblem[] {
  const { live, newest, lastGood, emergencyCount, project } = summary;
  switch (live?.condition) {
    case 'damaged': {
      const what = `The live database is damaged (${short(live.problems[0] ?? 'it does not verify')})`;
      return [healthProblem('database-damaged', 'critical', sentences(what, wayBack(lastGood)))];
    }
    case 'gone': {
      const severity = newest !== undefined || emergencyCount > 0 ? 'critical' : 'warning';
      const what = `The live database ${project.databasePath} is gone`;
      return [healthProblem('database-gone', severity, sentences(what, wayBack(lastGood)))];
    }
    case 'shrunk': {
      // Named by `ofUnreadable`: a loss that may have been acknowledged is no incident.
      if (summary.acknowledgementProblem !== undefined) return [];
      const held = live.counts === undefined ? '' : `: it holds ${String(live.counts.total)}`;
      const what = `The live database has far fewer features than its backups hold${held}`;
      const observed = 'Nothing is pruned meanwhile. feature-backups compare with an older backup shows what is gone';
      const todo = 'if that is meant, feature-backups acknowledge says so';
      return [healthProblem('database-shrunk', 'warning', sentences(what, `${observed}; ${todo}`))];
    }
    default:
      return [];
  }
}

function wayBack(lastGood: Backup | undefined): string {
  if (lastGood === undefined)
    return 'No backup of it has verified. feature-backups salvage shows what can still be read';
  return `feature-backups restore last-good --dry-run shows what going back to ${lastGood.id} would change`;
}

function ofBackingUp(summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  const { live, newest, problem } = summary;
  const failure = failureOfBackups(summary);
  if (failure !== undefined) {
    const what = `Backups fail${since(failure.failingSince)}: ${short(failure.problem ?? 'no reason was noted')}`;
    return [
      healthProblem('backup-failed', 'critical', sentences(what, 'feature-backups backup shows whether they still do')),
    ];
  }
  // Somebody writing just now is nothing to tell of.
  if (live === undefined && problem?.code !== 'database-busy') {
    const reason = problem?.message ?? 'it cannot be looked at';
    return [
      healthProblem('backup-failed', 'critical', sentences(`No backup can be made: ${short(reason)}`, problem?.hint)),
    ];
  }
  if (live?.condition !== 'sound' && live?.condition !== 'shrunk') return [];
  if (newest === undefined) {
    const what = summary.quarantineCount === 0 ? 'There is no backup yet' : 'No backup is left outside the quarantine';
    return [healthProblem('never-backed-up', 'warning', sentences(what, 'feature-backups backup makes one'))];
  }
  return isOverdue(summary, now) ? [overdue(newest, now)] : [];
}

/** What failed last, unless a backup has come after it: then it works again, whatever the note says. */
function failureOfBackups({ jobs, newest }: ProjectSummary): JobRecord | undefined {
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
  const what = `The backlog has changed, and its last backup is ${ageInWords(lastSeen(newest), now)} old`;
  const todo = 'feature-backups backup makes one; feature-backups watch sees to it from then on';
  return healthProblem('backup-overdue', 'warning', sentences(what, todo));
}

function ofDrill(drill: JobRecord | undefined): readonly HealthProblem[] {
  if (drill?.ok !== false) return [];
  const what = `Restoring was tried and failed${since(drill.failingSince)}: ${short(drill.problem ?? 'no reason was noted')}`;
  return [healthProblem('drill-failed', 'critical', sentences(what, 'feature-backups verify checks every backup'))];
}

function ofNewest({ newest, lastGood }: ProjectSummary): readonly HealthProblem[] {
  if (newest?.metadata?.verified?.ok !== false) return [];
  const rest = lastGood === undefined ? 'No other backup has verified' : `The last good one is ${lastGood.id}`;
  const message = sentences(
    `The newest backup ${newest.id} does not verify`,
    rest,
    'feature-backups backup makes a new one',
  );
  return [
    {
      ...healthProblem('backup-damaged', lastGood === undefined ? 'critical' : 'warning', message),
      subject: newest.id,
    },
  ];
}

/** What was damaged on the disk was noticed once; it is told for as long as it lies there. */
function ofQuarantine({ quarantineCount, lastGood }: ProjectSummary): readonly HealthProblem[] {
  if (quarantineCount === 0) return [];
  const lie = quarantineCount === 1 ? 'One backup lies' : `${String(quarantineCount)} backups lie`;
  const message = sentences(
    `${lie} in quarantine, as the content did not verify any more: the disk may be failing`,
    'feature-backups list --quarantine shows them, and they stay until you delete their files',
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
    const todo = 'Make these files readable for your user, or repair them';
    problems.push(healthProblem('metadata-unreadable', 'warning', sentences(unknown, todo)));
  }
  if (jobsProblem !== undefined) {
    const what = `Whether backups, drills and copies succeed is unknown: ${withPath(jobsProblem)}`;
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
  const text = short(message);
  return text.includes(path) ? text : `${text} (${path})`;
}

/** A copy elsewhere that fails this long is no copy any more. */
const CRITICAL_AFTER_MS = 3 * DAY_MS;

function ofTarget(target: TargetState, summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  const { newest, project, jobsProblem } = summary;
  if (jobsProblem !== undefined) return [];
  const { name, problem, failingSince, lastOkAt } = target;
  const todo = `feature-backups replicate tries again`;
  const of = (severity: Severity, what: string): readonly HealthProblem[] => [
    { ...healthProblem('replication-failed', severity, sentences(what, todo)), subject: name },
  ];
  if (problem !== undefined) {
    const failingMs = now.getTime() - Date.parse(failingSince ?? '');
    return of(
      failingMs > CRITICAL_AFTER_MS ? 'critical' : 'warning',
      `Copying to ${name} fails${since(failingSince)}: ${short(problem)}`,
    );
  }
  const limitMs = project.configuration.notifications.overdueAfterHours * HOUR_MS;
  if (limitMs === 0 || newest === undefined || now.getTime() - newest.createdAt.getTime() <= limitMs) return [];
  if (lastOkAt === undefined) return of('warning', `Nothing has been copied to ${name} yet`);
  if (Date.parse(lastOkAt) >= newest.createdAt.getTime()) return [];
  return of('warning', `Nothing has been copied to ${name} since ${inWords(lastOkAt)}, though there are newer backups`);
}

function healthProblem(code: HealthProblemCode, severity: Severity, message: string): HealthProblem {
  return { code, severity, subject: '', message };
}

/** One after the other, each with its full stop. */
function sentences(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== '')
    .map((part) => (/[.!?]$/.test(part ?? '') ? part : `${part ?? ''}.`))
    .join(' ');
}

/** What others wrote down can be of any length. */
function short(text: string): string {
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, MAX_REASON_LENGTH)}…`;
}

const MAX_REASON_LENGTH = 300;

function since(iso: string | undefined): string {
  return iso === undefined ? '' : ` since ${inWords(iso)}`;
}

/** "2026-01-25 14:46", local. */
function inWords(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? 'an unknown time' : isoWithOffset(at).slice(0, 16).replace('T', ' ');
}

function ageInWords(then: Date, now: Date): string {
  const hours = Math.floor((now.getTime() - then.getTime()) / HOUR_MS);
  if (hours < 0) return 'an unknown time';
  return hours < 48 ? `${String(hours)} hours` : `${String(Math.floor(hours / 24))} days`;
}
