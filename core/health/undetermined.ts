import type { ProjectSummary } from './projectSummary.js';
import { PROBLEM_CODES } from './severity.js';
import type { HealthProblemCode } from './healthProblem.js';

/** If the store or the configuration cannot be read, no other problem can be checked. */
export const ALL_BUT_STORE_UNUSABLE: readonly HealthProblemCode[] = PROBLEM_CODES.filter(
  (code) => code !== 'store-unusable',
);

/** Without a database and a store, no other problem of a project can be checked. */
export const ALL_BUT_BACKUPS_MISSING: readonly HealthProblemCode[] = PROBLEM_CODES.filter(
  (code) => code !== 'backups-gone',
);

/** The same for a project that was never backed up. */
export const ALL_BUT_DATABASE_GONE: readonly HealthProblemCode[] = PROBLEM_CODES.filter(
  (code) => code !== 'database-gone',
);

/** The codes that this summary cannot rule out, because their input could not be read. */
export function undeterminedCodes(summary: ProjectSummary): readonly HealthProblemCode[] {
  const { live, newest, jobsProblem, acknowledgementProblem } = summary;
  return [
    ...(live === undefined ? FROM_LIVE_DATABASE : []),
    ...(acknowledgementProblem === undefined ? [] : (['database-shrunk'] as const)),
    ...(jobsProblem === undefined ? [] : FROM_JOB_RESULTS),
    ...(newest?.metadataProblem === undefined ? [] : (['backup-damaged'] as const)),
  ];
}

const FROM_LIVE_DATABASE: readonly HealthProblemCode[] = [
  'database-damaged',
  'database-gone',
  'database-shrunk',
  'backup-failed',
  'backup-overdue',
  'never-backed-up',
];

const FROM_JOB_RESULTS: readonly HealthProblemCode[] = ['backup-failed', 'drill-failed', 'replication-failed'];
