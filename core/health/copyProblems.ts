import { healthProblem, formatLocalTime, since, truncate } from './describeProblem.js';
import type { HealthProblem, Severity } from './healthProblem.js';
import type { ProjectSummary, TargetState } from './projectSummary.js';

const HOUR_MS = 3_600_000;
/** After this long, the copy at a target is too old to rely on. */
const CRITICAL_AFTER_MS = 3 * 24 * HOUR_MS;

/** The problems of the copies elsewhere: at the targets and in the vault. */
export function copyProblems(summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  return [...summary.replication.flatMap((target) => targetProblems(target, summary, now)), ...vaultProblems(summary)];
}

function targetProblems(target: TargetState, summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  const { newest, project, jobsProblem } = summary;
  if (jobsProblem !== undefined) return [];
  const { name, problem, failingSince, lastOkAt } = target;
  const targetProblem = (severity: Severity, what: string): readonly HealthProblem[] => [
    healthProblem({
      code: 'replication-failed',
      severity,
      subject: name,
      what: [what],
      advice: ['Run feature-backups replicate to try again'],
      actions: ['sync'],
    }),
  ];
  if (problem !== undefined) {
    const failingMs = now.getTime() - Date.parse(failingSince ?? '');
    return targetProblem(
      failingMs > CRITICAL_AFTER_MS ? 'critical' : 'warning',
      `Sync to ${name} has failed${since(failingSince)}: ${truncate(problem)}`,
    );
  }
  const limitMs = project.configuration.notifications.overdueAfterHours * HOUR_MS;
  if (limitMs === 0 || newest === undefined || now.getTime() - newest.createdAt.getTime() <= limitMs) return [];
  if (lastOkAt === undefined) return targetProblem('warning', `Nothing has been synced to ${name} yet`);
  if (Date.parse(lastOkAt) >= newest.createdAt.getTime()) return [];
  return targetProblem('warning', `${name} lacks newer backups: the last sync was at ${formatLocalTime(lastOkAt)}`);
}

/** Never critical, because the vault is a second copy on the same computer. */
function vaultProblems({ vault }: ProjectSummary): readonly HealthProblem[] {
  if (vault?.problem === undefined) return [];
  return [
    healthProblem({
      code: 'replication-failed',
      severity: 'warning',
      subject: 'vault',
      what: [`Copying backups into the vault has failed${since(vault.failingSince)}: ${truncate(vault.problem)}`],
      advice: ['The next backup tries again'],
      actions: ['back-up'],
    }),
  ];
}
