import { join } from 'node:path';
import {
  asBackupError,
  isRecord,
  parseJson,
  readSmallFile,
  recordOf,
  replaceFile,
  systemOf,
  uniqueToken,
  withStoreLock,
  type StoreLock,
  type StoreLockOptions,
  type Ports,
} from '../system/index.js';
import type { Project } from '../project/index.js';
import { readStoreNames } from './catalog.js';
import { isoWithOffset } from './isoTime.js';
import { checkStore, ignoreNewStore, prepareStore } from './openStore.js';
import { JOBS_FILE, temporaryPath } from './storeFiles.js';

/** What is done with a store again and again. `replicate:` is followed by the target's name. */
export type JobName = 'backup' | 'scheduled-backup' | 'drill' | `replicate:${string}`;

/** What is known of a job's last run. It lies in the store, so that whoever runs jobs of this project sees it. */
export interface JobRecord {
  /** The newest due time of the schedule that somebody has taken on, ISO 8601. */
  readonly claimedDueAt?: string | undefined;
  /** ISO 8601 with offset: when the last run ended. */
  readonly endedAt?: string | undefined;
  readonly ok?: boolean | undefined;
  /** When it last ended well. */
  readonly lastOkAt?: string | undefined;
  /** Since when it fails, if it does. */
  readonly failingSince?: string | undefined;
  /** What went wrong, in words. */
  readonly problem?: string | undefined;
}

export type JobRecords = Readonly<Partial<Record<JobName, JobRecord>>>;

const MAX_JOBS_BYTES = 256 * 1024;

/**
 * What the store knows of its jobs; nothing where the file is missing or no JSON: then everything runs once more. Throws what
 * keeps it from being read: the records are then unknown, and must not be written anew without their content.
 */
export function readJobs(project: Project, ports: Ports): JobRecords {
  const path = join(project.storePath, JOBS_FILE);
  try {
    const text = readSmallFile(path, MAX_JOBS_BYTES, ports.files)?.toString('utf8');
    return text === undefined ? {} : parseJobs(text, ports.now().getTime() + MAX_AHEAD_MS);
  } catch (error) {
    throw asBackupError(error, 'read the records of jobs', path);
  }
}

/**
 * A clock that goes back a little meets times again that it has noted already: they still count. But one that was days
 * ahead, or a store from elsewhere, must not keep a job from running, or a failure from being told, until that day comes.
 */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/**
 * Takes on one due time of a scheduled job; false where somebody else has it already, or a later one, and where there is
 * nothing yet to do it with: neither a database nor a store. Several processes that find the same job due at once do it
 * once. Throws what locking and writing the store throw.
 */
export async function claimDue(project: Project, job: JobName, dueAt: Date, ports: Ports): Promise<boolean> {
  return await changeJobs(project, ports, (jobs) => {
    const claimed = jobs[job]?.claimedDueAt;
    if (claimed !== undefined && new Date(claimed) >= dueAt) return undefined;
    return { ...jobs, [job]: { ...jobs[job], claimedDueAt: dueAt.toISOString() } };
  });
}

/** Notes how a run of a job ended. `problem` undefined: well. */
export async function noteJob(
  project: Project,
  job: JobName,
  problem: string | undefined,
  ports: Ports,
  lock: StoreLockOptions = {},
): Promise<void> {
  await changeJobs(project, ports, (jobs) => ({ ...jobs, [job]: ended(jobs[job], problem, ports) }), lock);
}

/** The same for whoever holds the store's lock already. */
export function noteJobUnderLock(
  project: Project,
  job: JobName,
  problem: string | undefined,
  lock: StoreLock,
  ports: Ports,
): void {
  const jobs = readJobs(project, ports);
  writeJobs(project, { ...jobs, [job]: ended(jobs[job], problem, ports) }, lock, ports);
}

function ended(before: JobRecord | undefined, problem: string | undefined, ports: Ports): JobRecord {
  const endedAt = isoWithOffset(ports.now());
  const claimedDueAt = before?.claimedDueAt;
  if (problem === undefined) return { claimedDueAt, endedAt, ok: true, lastOkAt: endedAt };
  const failingSince = before?.failingSince ?? endedAt;
  return { claimedDueAt, endedAt, ok: false, lastOkAt: before?.lastOkAt, failingSince, problem };
}

/** Rewrites the records under the store's lock; false where `change` found nothing to do. */
async function changeJobs(
  project: Project,
  ports: Ports,
  change: (jobs: JobRecords) => JobRecords | undefined,
  options: StoreLockOptions = {},
): Promise<boolean> {
  if (!isUnderWay(project, ports)) return false;
  prepareStore(project, ports);
  const rewrite = (lock: StoreLock): boolean => {
    const changed = change(readJobs(project, ports));
    if (changed === undefined) return false;
    // These records may be the first that is written into a new store.
    ignoreNewStore(project.storePath, readStoreNames(project.storePath, ports), ports);
    writeJobs(project, changed, lock, ports);
    return true;
  };
  return await withStoreLock(project.storePath, ports, rewrite, options);
}

/** A project without a database gets no store; one whose database was lost has its store still. */
function isUnderWay(project: Project, ports: Ports): boolean {
  if (checkStore(project, ports) === 'folder') return true;
  return ports.files.statSync(project.databasePath, { throwIfNoEntry: false }) !== undefined;
}

function writeJobs({ storePath }: Project, jobs: JobRecords, lock: StoreLock, ports: Ports): void {
  lock.assertHeld();
  const content = Buffer.from(`${JSON.stringify(jobs, null, 2)}\n`);
  const path = join(storePath, JOBS_FILE);
  try {
    replaceFile(path, temporaryPath(storePath, uniqueToken(systemOf(ports))), content, ports.files);
  } catch (error) {
    throw asBackupError(error, 'record how the job went', path);
  }
}

function parseJobs(text: string, latestMs: number): JobRecords {
  const records = Object.entries(recordOf(parseJson(text)));
  return Object.fromEntries(records.map(([job, record]) => [job, parseJob(record, latestMs)]));
}

function parseJob(record: unknown, latestMs: number): JobRecord {
  if (!isRecord(record)) return {};
  return {
    claimedDueAt: time(record.claimedDueAt, latestMs),
    endedAt: time(record.endedAt, latestMs),
    ok: typeof record.ok === 'boolean' ? record.ok : undefined,
    lastOkAt: time(record.lastOkAt, latestMs),
    failingSince: time(record.failingSince, latestMs),
    problem: typeof record.problem === 'string' ? record.problem : undefined,
  };
}

function time(value: unknown, latestMs: number): string | undefined {
  return typeof value === 'string' && Date.parse(value) <= latestMs ? value : undefined;
}
