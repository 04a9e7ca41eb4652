import { relative } from 'node:path';
import { featuresInWords } from '../database/index.js';
import type { LiveObservation, OtherDatabase } from '../live/index.js';
import { PROJECT_CONFIGURATION } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { healthProblem, truncate } from './describeProblem.js';
import type { HealthAction, HealthProblem } from './healthProblem.js';
import type { ProjectSummary } from './projectSummary.js';

/** The problems of the live database itself. */
export function databaseProblems(summary: ProjectSummary): readonly HealthProblem[] {
  return [...liveDatabaseProblems(summary), ...otherDatabaseProblems(summary), ...fileSystemProblems(summary)];
}

function liveDatabaseProblems(summary: ProjectSummary): readonly HealthProblem[] {
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
      // Reported as unreadable metadata: a loss that may have been acknowledged is not an incident.
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

/** Does not offer the last good backup, which may contain the shrunken backlog. */
const SHRUNK_ACTIONS: readonly HealthAction[] = ['compare', 'restore', 'accept-smaller-backlog', 'start-over'];

/** The application may use a different database from the one that is backed up. */
function otherDatabaseProblems(summary: ProjectSummary): readonly HealthProblem[] {
  const { live, project, otherDatabases = [] } = summary;
  const own = relative(project.root, project.databasePath);
  return otherDatabases
    .filter((other) => hasMoreOrNewer(other, live))
    .map(({ path, counts }) => {
      const place = relative(project.root, path);
      const contents = live?.counts === undefined ? '' : `, which contains ${featuresInWords(live.counts)}`;
      return healthProblem({
        code: 'other-database',
        severity: 'warning',
        subject: place,
        what: [`${place} also contains ${featuresInWords(counts)}, but only ${own}${contents} is backed up`],
        advice: [
          `To back up ${place} instead, set "database" in ${PROJECT_CONFIGURATION}. Otherwise, move it out of the project`,
        ],
        actions: ['open-configuration'],
      });
    });
}

function hasMoreOrNewer({ counts, writtenAt }: OtherDatabase, live: LiveObservation | undefined): boolean {
  if (live?.counts === undefined) return true;
  if (counts.total > live.counts.total || counts.passing > live.counts.passing) return true;
  return live.writtenAt !== undefined && writtenAt > live.writtenAt;
}

function fileSystemProblems({ live, unsafeFileSystem: type }: ProjectSummary): readonly HealthProblem[] {
  if (type === undefined || live?.journalMode !== 'wal') return [];
  const where = type === 'network' ? 'a network drive' : `a file system of the type ${type}`;
  return [
    healthProblem({
      code: 'unsafe-file-system',
      severity: 'warning',
      what: [
        `The database is in WAL mode on ${where}, where programs on two computers, or inside and outside a virtual machine, can damage it`,
      ],
      advice: [
        'Move the project to a local disk, or close every program that uses the database and set its journal_mode to DELETE',
      ],
    }),
  ];
}

function recoveryAdvice(lastGood: Backup | undefined): string {
  if (lastGood === undefined)
    return 'No backup has passed verification. Run feature-backups salvage to see what can still be read';
  return `Run feature-backups restore last-good --dry-run to preview a restore of ${lastGood.id}`;
}
