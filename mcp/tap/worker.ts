import { parentPort, workerData } from 'node:worker_threads';
import { join } from 'node:path';
import { backUp, openProject } from '../../core/engine.js';
import { BackupError, DAMAGE_CODES, realPorts } from '../../core/system/index.js';
import { startFollowUp } from '../../core/followUp/index.js';
import { isStrictFolder, type Project } from '../../core/project/index.js';
import type { BackupReply, BackupReport, BackupRequest, BackupThreadData, StrictnessNote } from './backupMessages.js';

// The tap's backup thread: makes backups one after another, in the order of the requests.

const { project: named } = workerData as BackupThreadData;
const ports = realPorts();
/** The bundles are in one folder. */
const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));
let previous: Promise<void> = Promise.resolve();

parentPort?.on('message', (request: BackupRequest) => {
  previous = previous.then(() => respond(request));
});

async function respond({ sequence, trigger }: BackupRequest): Promise<void> {
  let known: Project | undefined;
  const reportProject = (project: Project): void => {
    known = project;
    const note: StrictnessNote = { isStrict: project.configuration.strict };
    parentPort?.postMessage(note);
  };
  const report = await backUpNow(trigger, reportProject).catch((error: unknown) => reportOf(error, known));
  const isStrict = known?.configuration.strict ?? (await isStrictFolder(named, { ports, cwd: process.cwd() }));
  const reply: BackupReply = { sequence, report, isStrict };
  parentPort?.postMessage(reply);
}

async function backUpNow(
  trigger: BackupRequest['trigger'],
  reportProject: (project: Project) => void,
): Promise<BackupReport> {
  const project = await openProject(named, { ports, cwd: process.cwd() });
  reportProject(project);
  const outcome = await backUp(project, trigger, { ports, afterBackup });
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
  if (error.code === 'database-not-found' || error.code === 'project-not-found') return { status: 'nothing-to-save' };
  const problem = `${error.message}${/[.!?]$/.test(error.message) ? '' : '.'}${error.hint === undefined ? '' : ` ${error.hint}`}`;
  return { status: DAMAGE_CODES.has(error.code) ? 'damaged' : 'failed', problem };
}

function missingDatabase({ databasePath, storePath }: Project): string {
  return `the feature database ${databasePath} is missing; its backups in ${storePath} are untouched. Tell the user.`;
}
