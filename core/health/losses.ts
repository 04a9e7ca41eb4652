import { featuresInWords } from '../database/index.js';
import type { Backup } from '../store/index.js';
import type { HealthProblem, HealthProblemCode } from './healthProblem.js';
import type { ProjectSummary } from './projectSummary.js';
import { isAlarm } from './severity.js';

/** The problems to report before anyone works on the backlog. */
const LOSSES: ReadonlySet<HealthProblemCode> = new Set<HealthProblemCode>([
  'backups-gone',
  'database-damaged',
  'database-gone',
  'database-shrunk',
]);

/**
 * What a project has lost, in sentences without commands, with the backup that contains it. Empty if nothing is lost.
 */
export function describeLosses(health: {
  readonly summary?: ProjectSummary | undefined;
  readonly problems: readonly HealthProblem[];
}): readonly string[] {
  const { summary, problems } = health;
  return problems.flatMap((problem) => {
    if (!LOSSES.has(problem.code) || !isAlarm(problem)) return [];
    if (summary === undefined) return [problem.description];
    return [`In ${summary.project.root}: ${problem.description} ${bestBackup(problem.code, summary)}`];
  });
}

function bestBackup(code: HealthProblemCode, { lastGood, beforeLoss }: ProjectSummary): string {
  if (code === 'database-shrunk') return nameBackup('The last backup from before the loss is', beforeLoss);
  return nameBackup('The last good backup is', lastGood);
}

function nameBackup(start: string, backup: Backup | undefined): string {
  if (backup === undefined) return 'No backup has passed verification.';
  const { total, passing = 0, inProgress = 0 } = backup.counts;
  const contents = total === undefined ? '' : ` with ${featuresInWords({ total, passing, inProgress })}`;
  return `${start} ${backup.id}${contents}.`;
}
