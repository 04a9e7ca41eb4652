import { asBackupError, systemOf, type BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { readStoreNames, checkStore, isBudgetExceeded, ReadingBudget } from '../store/index.js';
import { proveStates } from './rebuildImage.js';
import { readSegment } from './readSegment.js';
import { segmentDamaged } from './segmentFormat.js';
import { segmentsAmong } from './segmentNames.js';

export interface HistoryVerification {
  /** How many states were rebuilt, or are lost in a damaged segment. */
  readonly stateCount: number;
  /**
   * One for each segment that does not give all its states back, or cannot be read; `path` says which. The last one is
   * `time-limit` if there was no time for the other segments.
   */
  readonly problems: readonly BackupError[];
}

/**
 * Rebuilds every state of the history and compares it with its SHA-256. A damaged segment stays where it is: what is
 * before the damage can still be restored from it. Throws `unsafe-store`.
 */
export function verifyHistory(project: Project, ports: Ports): HistoryVerification {
  const { files } = ports;
  const names = checkStore(project, ports) === 'missing' ? [] : readStoreNames(project.storePath, ports);
  const segments = segmentsAmong(project.storePath, names, files);
  const problems: BackupError[] = [];
  let stateCount = 0;
  const budget = new ReadingBudget(project.storePath, { timeMs: VERIFYING_MS }, systemOf(ports));
  for (const [index, { path }] of segments.entries()) {
    ports.onProgress?.('verifying the history', index / segments.length);
    try {
      const segment = readSegment(path, files, budget);
      stateCount += segment.records.length;
      proveStates(segment, files, budget);
      if (segment.isBroken) throw segmentDamaged(path, `what follows byte ${segment.endsAt.toString()} is lost`);
    } catch (error) {
      const problem = asBackupError(error, 'read the history', path);
      // The oldest may have gone meanwhile, as the history has a bound.
      if (problem.code !== 'backup-not-found') problems.push(problem);
      if (isBudgetExceeded(problem)) break;
    }
  }
  return { stateCount, problems };
}

/** Many times what a full history takes. */
const VERIFYING_MS = 30 * 60_000;
