import { join, resolve } from 'node:path';
import { findCallProjects, problemSentence, type CallPlace } from '../../core/agents/index.js';
import { createBackup, recordFailure } from '../../core/backup/index.js';
import { startFollowUp } from '../../core/followUp/index.js';
import { BackupError, DAMAGE_CODES, realPorts, releaseLockOfEndedThread } from '../../core/system/index.js';
import { answerProbe, isProbe, type Project } from '../../core/project/index.js';
import type { Trigger } from '../../core/store/index.js';
import type { BackupReport } from './backupMessages.js';

/** The result for one project. */
export interface ProjectResult {
  readonly report: BackupReport;
  readonly isStrict: boolean;
}

export interface BackUpOptions {
  /** Shorter by default, because a call waits. */
  readonly lockTimeoutMs?: number;
  /** Called once the projects are open, if there are any. */
  readonly onOpened?: (isStrict: boolean) => void;
}

/** The project that the settings name, and the one of the server: its PROJECT_DIR, else its working directory. */
export function placesOf(named: string | undefined, folder: string): readonly CallPlace[] {
  const { PROJECT_DIR: served } = ports.environment;
  return [
    ...(named === undefined || named === '' ? [] : [{ kind: 'named', path: resolve(folder, named) } as const]),
    served === undefined || served === ''
      ? { kind: 'around', path: folder }
      : { kind: 'at', path: resolve(folder, served) },
  ];
}

/** Backs up the projects at these places, one after another. Never throws. */
export async function backUpProjects(
  places: readonly CallPlace[],
  trigger: Trigger,
  { lockTimeoutMs, onOpened }: BackUpOptions = {},
): Promise<readonly ProjectResult[]> {
  const { projects, unopened } = await findCallProjects(places, ports);
  if (isProbe(ports)) {
    answerProbe(
      projects,
      unopened.map(({ error }) => error),
    );
    return [];
  }
  if (projects.length > 0) onOpened?.(projects.some(({ configuration }) => configuration.strict));
  const results = unopened.map(({ path, error, isStrict }) => ({ report: reportOf(error, path, undefined), isStrict }));
  for (const project of projects) {
    const report = await backUp(project, trigger, lockTimeoutMs).catch((error: unknown) =>
      reportOf(error, project.root, project),
    );
    results.push({ report, isStrict: project.configuration.strict });
  }
  return results;
}

/** Records a failed backup of these projects, if the backup could not record it itself. Never throws. */
export async function recordFailedBackup(places: readonly CallPlace[], problem: string): Promise<void> {
  const { projects } = await findCallProjects(places, ports);
  for (const project of projects) await recordFailure(project, new Error(problem), ports);
}

/** Releases the locks of ended threads of this process. Never throws. */
export async function releaseLocks(places: readonly CallPlace[]): Promise<void> {
  const { projects } = await findCallProjects(places, ports);
  for (const { storePath } of projects) {
    try {
      releaseLockOfEndedThread(storePath, ports);
    } catch {
      // It is released when the tap ends.
    }
  }
}

const ports = realPorts();

/** The bundles are in one folder. */
const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));

async function backUp(project: Project, trigger: Trigger, lockTimeoutMs: number | undefined): Promise<BackupReport> {
  const limits = lockTimeoutMs === undefined ? {} : { lockTimeoutMs };
  const outcome = await createBackup(project, trigger, ports, { afterBackup, ...limits });
  if (outcome.status !== 'damaged') return { status: 'saved' };
  return {
    status: 'damaged',
    subject: `damaged ${project.root}`,
    problem:
      `the feature database ${project.databasePath} is damaged (${outcome.problems[0] ?? 'no details'}); ` +
      `its files are saved as ${outcome.emergency.id}, and older backups are untouched.`,
  };
}

function reportOf(error: unknown, path: string, project: Project | undefined): BackupReport {
  if (!(error instanceof BackupError)) {
    return {
      status: 'failed',
      subject: `unexpected ${path}`,
      problem: `unexpected error: ${error instanceof Error ? error.message : String(error)}.`,
    };
  }
  const subject = `${error.code} ${path}`;
  // A project without a database is found only by its backups, so it had one.
  if (error.code === 'database-not-found' && project !== undefined)
    return { status: 'missing', subject, problem: missingDatabase(project) };
  return { status: DAMAGE_CODES.has(error.code) ? 'damaged' : 'failed', subject, problem: problemSentence(error) };
}

function missingDatabase({ databasePath, storePath }: Project): string {
  return `the feature database ${databasePath} is missing; its backups in ${storePath} are untouched. Tell the user.`;
}
