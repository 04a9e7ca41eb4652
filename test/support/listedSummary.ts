import type { ProjectSummary } from '../../core/health/projectSummary.js';
import type { LiveObservation } from '../../core/live/liveCondition.js';
import { listedBackup } from './listedBackup.js';
import { testProject } from './testProject.js';

export interface ListedSummary extends Partial<Omit<ProjectSummary, 'live'>> {
  readonly live?: Partial<LiveObservation> | undefined;
}

/** A summary without files: a sound project with an up-to-date backup. */
export function listedSummary(changes: ListedSummary = {}): ProjectSummary {
  const newest = listedBackup('features_598_20260125-144600_manual');
  return {
    project: testProject('/project'),
    problem: undefined,
    newest,
    lastGood: newest,
    lastProven: undefined,
    backupCount: 1,
    emergencyCount: 0,
    metadataProblems: [],
    quarantineCount: 0,
    totalSizeBytes: 4096,
    history: { stateCount: 0, sizeBytes: 0, oldest: undefined },
    jobs: {},
    replication: [],
    ...changes,
    live: 'live' in changes && changes.live === undefined ? undefined : { ...SOUND, ...changes.live },
  };
}

const SOUND: LiveObservation = {
  condition: 'sound',
  counts: { total: 598, passing: 200, inProgress: 0 },
  sizeBytes: 4096,
  journalMode: 'wal',
  problems: [],
  changed: false,
};
