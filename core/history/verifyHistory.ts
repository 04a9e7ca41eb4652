import { asBackupError, systemOf, type BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { readStoreNames, checkStore, isBudgetExceeded, ReadingBudget } from '../store/index.js';
import { verifyStates } from './rebuildImage.js';
import { readSegment } from './readSegment.js';
import { segmentDamaged } from './segmentFormat.js';
import { segmentsAmong } from './segmentNames.js';

export interface HistoryVerification {
  /** The number of states rebuilt or lost in a damaged segment. */
  readonly stateCount: number;
  /**
   * One for each damaged or unreadable segment, which `path` names. The last one is `time-limit` if the time ran out
   * before the other segments.
   */
  readonly problems: readonly BackupError[];
}

/**
 * Rebuilds every state of the history and compares it with its checksum. A damaged segment is not moved, because states
 * before the damage can still be restored. Throws `unsafe-store`.
 */
export function verifyHistory(project: Project, ports: Ports): HistoryVerification {
  const { files } = ports;
  checkStore(project, ports);
  const segments = segmentsAmong(project.storePath, readStoreNames(project.storePath, ports), files);
  const problems: BackupError[] = [];
  let stateCount = 0;
  const budget = new ReadingBudget(project.storePath, { timeMs: VERIFY_TIMEOUT_MS }, systemOf(ports));
  for (const [index, { path }] of segments.entries()) {
    ports.onProgress?.('verifying the history', index / segments.length);
    try {
      const segment = readSegment(path, files, budget);
      stateCount += segment.records.length;
      verifyStates(segment, files, budget);
      if (segment.isBroken) throw segmentDamaged(path, `data after byte ${segment.endsAt.toString()} is lost`);
    } catch (error) {
      const problem = asBackupError(error, 'read the history', path);
      // The history has a maximum size, so the oldest segment may have been deleted meanwhile.
      if (problem.code !== 'backup-not-found') problems.push(problem);
      if (isBudgetExceeded(problem)) break;
    }
  }
  return { stateCount, problems };
}

/** Many times as long as verifying a full history takes. */
const VERIFY_TIMEOUT_MS = 30 * 60_000;
