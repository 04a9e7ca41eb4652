import type { Backup } from '../store/index.js';
import { healthProblem, truncate } from './describeProblem.js';
import type { HealthAction, HealthProblem } from './healthProblem.js';
import type { ProjectSummary } from './projectSummary.js';

/** The problems of the live database itself. */
export function databaseProblems(summary: ProjectSummary): readonly HealthProblem[] {
  const { live, newest, lastGood, emergencyCount, project, vault } = summary;
  switch (live?.condition) {
    case 'damaged':
      return [
        healthProblem({
          code: 'database-damaged',
          severity: 'critical',
          what: [`The live database is damaged (${truncate(live.problems[0] ?? 'it failed verification')})`],
          advice: [recoveryAdvice(lastGood)],
          actions: lastGood === undefined ? ['salvage', 'verify'] : ['restore-last-good', 'salvage', 'compare'],
        }),
      ];
    case 'gone': {
      const hasBackups = newest !== undefined || emergencyCount > 0 || (vault?.onlyInVaultCount ?? 0) > 0;
      return [
        healthProblem({
          code: 'database-gone',
          severity: hasBackups ? 'critical' : 'warning',
          what: [`The live database ${project.databasePath} is missing`],
          advice: [recoveryAdvice(lastGood)],
          actions: lastGood === undefined ? ['verify'] : ['restore-last-good'],
        }),
      ];
    }
    case 'shrunk':
      // Reported as unreadable metadata: a loss that may have been acknowledged is no incident.
      return summary.acknowledgementProblem === undefined ? [shrunk(summary)] : [];
    default:
      return [];
  }
}

function shrunk({ live }: ProjectSummary): HealthProblem {
  const left = live?.counts === undefined ? '' : ` (${String(live.counts.total)} left)`;
  return healthProblem({
    code: 'database-shrunk',
    severity: 'warning',
    what: [
      `The live database has far fewer features than its backups${left}`,
      'Nothing is pruned until this is resolved',
    ],
    advice: [
      'Run feature-backups compare to see what is missing. If the loss was intentional, run feature-backups acknowledge',
    ],
    actions: SHRUNK_ACTIONS,
  });
}

/** Without the last good backup, which may contain the shrunken backlog. */
const SHRUNK_ACTIONS: readonly HealthAction[] = ['compare', 'restore', 'accept-smaller-backlog'];

function recoveryAdvice(lastGood: Backup | undefined): string {
  if (lastGood === undefined)
    return 'No backup has passed verification. Run feature-backups salvage to see what can still be read';
  return `Run feature-backups restore last-good --dry-run to preview a restore of ${lastGood.id}`;
}
