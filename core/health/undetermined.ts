import type { ProjectSummary } from './projectSummary.js';
import { TROUBLE_CODES } from './severity.js';
import type { TroubleCode } from './types.js';

/** If the store or the configuration cannot be read, nothing else is known of a project. */
export const ALL_BUT_UNUSABLE: readonly TroubleCode[] = TROUBLE_CODES.filter((code) => code !== 'store-unusable');

/** The troubles that this summary cannot rule out, because what they are judged by could not be read. */
export function undeterminedIn({ live, newest, jobsProblem }: ProjectSummary): readonly TroubleCode[] {
  return [
    ...(live === undefined ? JUDGED_BY_LIVE : []),
    ...(jobsProblem === undefined ? [] : JUDGED_BY_JOBS),
    ...(newest?.metadataProblem === undefined ? [] : (['backup-damaged'] as const)),
  ];
}

const JUDGED_BY_LIVE: readonly TroubleCode[] = [
  'database-damaged',
  'database-gone',
  'database-shrunk',
  'backup-failed',
  'backup-overdue',
  'never-backed-up',
];

const JUDGED_BY_JOBS: readonly TroubleCode[] = ['backup-failed', 'drill-failed', 'replication-failed'];
