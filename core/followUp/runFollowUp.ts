import { assess } from '../health/assess.js';
import { replicate, type TargetOutcome } from '../backups/replication/replicate.js';
import { checkStore } from '../backups/prepareStore.js';
import { asBackupError, BackupError } from '../errors.js';
import { withStoreLock } from '../files/storeLock.js';
import { reportTroubles } from '../notify/reportTroubles.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../ports.js';
import { tellsAnybody } from './startFollowUp.js';
import { followUpFolder, isWanted, takeMark } from './wanted.js';

/** How following up went; undefined where another process is at it, which takes on what is new. */
export interface FollowUp {
  readonly targets: readonly TargetOutcome[];
  /** What went wrong, in words; nothing of it is thrown. */
  readonly problems: readonly string[];
}

/**
 * What follows a backup: it is copied to every target, and whoever is to be told of trouble is told. One process does so
 * for a project at a time; what becomes new meanwhile is its business too, so that a burst of writes needs no more.
 */
export async function runFollowUp(project: Project, ports: Ports): Promise<FollowUp | undefined> {
  const { targets, notifications } = project.configuration;
  if (targets.length === 0 && !tellsAnybody(notifications)) return { targets: [], problems: [] };
  if (checkStore(project, ports) === 'missing') return await followUp(project, ports);
  const folder = followUpFolder(project);
  try {
    ports.files.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // A full or read-only disk is what somebody may have to be told of.
    return await followUp(project, ports);
  }
  let last: FollowUp | undefined;
  do {
    const round = await asOnlyOne(folder, project, ports);
    if (round === undefined) break;
    last = round;
    // Somebody may have seen this process at it, when it had already looked for the last time.
  } while (isWanted(project, ports));
  return last;
}

async function asOnlyOne(folder: string, project: Project, ports: Ports): Promise<FollowUp | undefined> {
  try {
    return await withStoreLock(
      folder,
      ports,
      async (lock) => {
        let round: FollowUp;
        do {
          takeMark(project, ports);
          round = await followUp(project, ports);
          lock.assertHeld();
        } while (isWanted(project, ports));
        return round;
      },
      { timeoutMs: 0 },
    );
  } catch (error) {
    if (error instanceof BackupError && error.code === 'store-busy') return undefined;
    throw error;
  }
}

async function followUp(project: Project, ports: Ports): Promise<FollowUp> {
  const problems: string[] = [];
  const targets = await copy(project, problems, ports);
  const { notifications } = project.configuration;
  if (tellsAnybody(notifications)) {
    const told = await reportTroubles([await assess(project, ports)], notifications, ports);
    problems.push(...told.problems);
  }
  return { targets, problems };
}

async function copy(project: Project, problems: string[], ports: Ports): Promise<readonly TargetOutcome[]> {
  if (project.configuration.targets.length === 0) return [];
  try {
    const { targets } = await replicate(project, {}, ports);
    for (const { name, problem } of targets) if (problem !== undefined) problems.push(`${name}: ${problem.message}`);
    return targets;
  } catch (error) {
    problems.push(asBackupError(error, 'copy the backups', project.root).message);
    return [];
  }
}
