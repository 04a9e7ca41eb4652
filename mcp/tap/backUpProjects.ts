import { join, resolve } from 'node:path';
import { findCallProjects, problemSentence, type CallPlace } from '../../core/agents/index.js';
import { createBackup } from '../../core/backup/index.js';
import { startFollowUp } from '../../core/followUp/index.js';
import { BackupError, DAMAGE_CODES, realPorts } from '../../core/system/index.js';
import type { Project } from '../../core/project/index.js';
import type { Trigger } from '../../core/store/index.js';
import type { BackupReport } from './backupMessages.js';

/** The result for one project. */
export interface ProjectResult {
  readonly report: BackupReport;
  readonly isStrict: boolean;
}

/** What the settings name, and where the server works: its PROJECT_DIR, else its working directory. */
export function placesOf(named: string | undefined, folder: string): readonly CallPlace[] {
  const { PROJECT_DIR: served } = ports.environment;
  return [
    ...(named === undefined || named === '' ? [] : [{ kind: 'named', path: resolve(folder, named) } as const]),
    served === undefined || served === ''
      ? { kind: 'around', path: folder }
      : { kind: 'at', path: resolve(folder, served) },
  ];
}

/** Backs up the projects at these places, one after another. Never throws. `onOpened`: called once they are open. */
export async function backUpProjects(
  places: readonly CallPlace[],
  trigger: Trigger,
  onOpened: (isStrict: boolean) => void,
): Promise<readonly ProjectResult[]> {
  const { projects, unopened } = await findCallProjects(places, ports);
  if (projects.length > 0) onOpened(projects.some(({ configuration }) => configuration.strict));
  const results = unopened.map(({ error, isStrict }) => ({ report: reportOf(error, undefined), isStrict }));
  for (const project of projects) {
    const report = await backUp(project, trigger).catch((error: unknown) => reportOf(error, project));
    results.push({ report, isStrict: project.configuration.strict });
  }
  return results;
}

const ports = realPorts();

/** The bundles are in one folder. */
const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));

async function backUp(project: Project, trigger: Trigger): Promise<BackupReport> {
  const outcome = await createBackup(project, trigger, ports, { afterBackup });
  if (outcome.status !== 'damaged') return { status: 'saved' };
  return {
    status: 'damaged',
    problem:
      `the feature database ${project.databasePath} is damaged (${outcome.problems[0] ?? 'no details'}); ` +
      `its files are saved as ${outcome.emergency.id}, and older backups are untouched.`,
  };
}

function reportOf(error: unknown, project: Project | undefined): BackupReport {
  if (!(error instanceof BackupError)) {
    return {
      status: 'failed',
      problem: `unexpected error: ${error instanceof Error ? error.message : String(error)}.`,
    };
  }
  // A project without a database is found only by its backups, so it had one.
  if (error.code === 'database-not-found' && project !== undefined)
    return { status: 'missing', problem: missingDatabase(project) };
  return { status: DAMAGE_CODES.has(error.code) ? 'damaged' : 'failed', problem: problemSentence(error) };
}

function missingDatabase({ databasePath, storePath }: Project): string {
  return `the feature database ${databasePath} is missing; its backups in ${storePath} are untouched. Tell the user.`;
}
