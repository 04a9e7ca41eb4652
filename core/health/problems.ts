import type { BackupError } from '../system/index.js';
import { schedulesOf } from '../schedule/index.js';
import type { Project } from '../project/index.js';
import { describeSeen, type KnownProject, type SeenDatabase } from '../projects/index.js';
import { describeLoss, type LostProject } from '../replication/index.js';
import { backupProblems } from './backupProblems.js';
import { connectionProblems } from './connectionProblems.js';
import { copyProblems } from './copyProblems.js';
import { databaseProblems } from './databaseProblems.js';
import { healthProblem, truncate } from './describeProblem.js';
import type { HealthProblem } from './healthProblem.js';
import type { ProjectSummary } from './projectSummary.js';
import { worstFirst } from './severity.js';

/** All problems of a project, worst first. */
export function healthProblemsOf(summary: ProjectSummary, now: Date): readonly HealthProblem[] {
  return [
    ...databaseProblems(summary),
    ...backupProblems(summary, now),
    ...copyProblems(summary, now),
    ...scheduleProblems(summary.project),
    ...connectionProblems(summary),
  ].toSorted(worstFirst);
}

/** A job with an invalid schedule never runs, so it leaves no failure to report. */
function scheduleProblems(project: Project): readonly HealthProblem[] {
  return schedulesOf(project).problems.map(({ job, problem }) =>
    healthProblem({
      code: 'schedule-unreadable',
      severity: 'warning',
      subject: job,
      what: [problem.message],
      advice: [problem.hint],
      actions: ['open-configuration'],
    }),
  );
}

/**
 * Both the database and its backups are missing, so the project contains nothing to restore from. Only information if
 * the project was deleted in AutoForge, which removes its folder.
 */
export function backupsMissing(lost: LostProject, severity: 'critical' | 'information'): HealthProblem {
  const { message, hint } = describeLoss(lost);
  const origin = severity === 'information' ? 'AutoForge no longer lists the project' : undefined;
  return healthProblem({
    code: 'backups-gone',
    severity,
    what: [message, origin],
    advice: [hint],
    actions: lost.vaultCount > 0 ? ['restore-from-vault', 'forget'] : ['forget'],
  });
}

/** A database that was never backed up is missing: nothing can be restored. */
export function unsavedDatabaseMissing(seen: SeenDatabase): HealthProblem {
  const { message, hint } = describeSeen(seen);
  return healthProblem({
    code: 'database-gone',
    severity: 'warning',
    what: [message],
    advice: [hint],
    actions: ['forget'],
  });
}

export function projectMissing({ root, origins }: KnownProject): HealthProblem {
  const where = origins.includes('registry') ? 'AutoForge’s list of projects' : 'your configuration';
  return healthProblem({
    code: 'project-gone',
    severity: 'warning',
    what: [`The folder ${root} is missing`],
    advice: [`Restore it, or remove the project from ${where}`],
  });
}

/** For a project whose store or configuration cannot be read. */
export function projectUnusable({ message, hint }: BackupError): HealthProblem {
  return healthProblem({
    code: 'store-unusable',
    severity: 'critical',
    what: [truncate(message)],
    advice: [hint],
    actions: ['open-configuration'],
  });
}
