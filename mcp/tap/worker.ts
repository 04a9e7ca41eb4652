import { parentPort, workerData } from 'node:worker_threads';
import { join, resolve } from 'node:path';
import { findCallProjects, problemSentence, type CallPlace } from '../../core/agents/index.js';
import { backUp } from '../../core/engine.js';
import { BackupError, DAMAGE_CODES, realPorts } from '../../core/system/index.js';
import { startFollowUp } from '../../core/followUp/index.js';
import type { Project } from '../../core/project/index.js';
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

/** What the settings name, and where the server works: its PROJECT_DIR, else its working directory. */
const PLACES: readonly CallPlace[] = [
  ...(named === undefined || named === '' ? [] : [{ kind: 'named', path: resolve(named) } as const]),
  ownPlace(ports.environment.PROJECT_DIR),
];

function ownPlace(served: string | undefined): CallPlace {
  if (served === undefined || served === '') return { kind: 'around', path: process.cwd() };
  return { kind: 'at', path: resolve(served) };
}

/** The result for one project. */
interface Result {
  readonly report: BackupReport;
  readonly isStrict: boolean;
}

async function respond({ sequence, trigger }: BackupRequest): Promise<void> {
  const { projects, unopened } = await findCallProjects(PLACES, ports);
  const note: StrictnessNote = { isStrict: projects.some(({ configuration }) => configuration.strict) };
  if (projects.length > 0) parentPort?.postMessage(note);
  const results: Result[] = unopened.map(({ error, isStrict }) => ({ report: reportOf(error, undefined), isStrict }));
  for (const project of projects) {
    const report = await backUpNow(project, trigger).catch((error: unknown) => reportOf(error, project));
    results.push({ report, isStrict: project.configuration.strict });
  }
  const reply: BackupReply = { sequence, ...worstOf(results) };
  parentPort?.postMessage(reply);
}

/** A project that is strict decides before the others, then the worse result. */
function worstOf(results: readonly Result[]): Result {
  const ranked = results.toSorted((one, other) => rankOf(other) - rankOf(one));
  return ranked[0] ?? { report: { status: 'nothing-to-save' }, isStrict: false };
}

const STATUSES: readonly BackupReport['status'][] = ['nothing-to-save', 'saved', 'missing', 'damaged', 'failed'];

function rankOf({ report: { status }, isStrict }: Result): number {
  const hasFailed = status === 'damaged' || status === 'failed';
  return STATUSES.indexOf(status) + (isStrict && hasFailed ? STATUSES.length : 0);
}

async function backUpNow(project: Project, trigger: BackupRequest['trigger']): Promise<BackupReport> {
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
  return { status: DAMAGE_CODES.has(error.code) ? 'damaged' : 'failed', problem: problemSentence(error) };
}

function missingDatabase({ databasePath, storePath }: Project): string {
  return `the feature database ${databasePath} is missing; its backups in ${storePath} are untouched. Tell the user.`;
}
