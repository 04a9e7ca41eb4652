import { BackupError } from '../errors.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../ports.js';
import { isOrdinary, readCatalog } from './catalog.js';
import { observeLive } from './liveCondition.js';
import { lastGood } from './selectBackup.js';
import type { LiveObservation, ProjectSummary } from './types.js';

/** The state of one project: its live database against its backups. Writes nothing. Throws `unsafe-store`. */
export async function projectSummary(project: Project, ports: Ports): Promise<ProjectSummary> {
  const catalog = readCatalog(project, ports);
  let live: LiveObservation | undefined;
  let problem: BackupError | undefined;
  try {
    live = await observeLive(project, catalog, ports);
  } catch (error) {
    // That it is busy or not readable is part of the summary; the backups are shown all the same.
    if (!(error instanceof BackupError)) throw error;
    problem = error;
  }
  const ordinaryCount = catalog.backups.filter(isOrdinary).length;
  return {
    project,
    live,
    problem,
    newest: catalog.newest,
    lastGood: lastGood(catalog.backups),
    backupCount: ordinaryCount,
    emergencyCount: catalog.backups.length - ordinaryCount,
    totalSizeBytes: catalog.totalSizeBytes,
  };
}
