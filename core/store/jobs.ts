import { join } from 'node:path';
import {
  asBackupError,
  isRecord,
  parseJson,
  readSmallFile,
  asRecord,
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
import { checkStore, excludeFromVersionControl, prepareStore } from './openStore.js';
import { JOBS_FILE, temporaryPath } from './storeFiles.js';

/** A recurring job. `replicate:` is followed by the target's name. */
export type JobName = 'backup' | 'scheduled-backup' | 'drill' | 'vault' | `replicate:${string}`;

/** The result of a job's last run. It is in the store, so every process that runs jobs of this project can read it. */
export interface JobRecord {
  /** The newest due time of the schedule that a process has claimed, ISO 8601. */
  readonly claimedDueAt?: string | undefined;
  /** ISO 8601 with offset: when the last run ended. */
  readonly endedAt?: string | undefined;
  readonly ok?: boolean | undefined;
  /** When a run last succeeded. */
  readonly lastOkAt?: string | undefined;
  /** The end of the first failed run since the last success. */
  readonly failingSince?: string | undefined;
  /** The error message of the last run. */
  readonly problem?: string | undefined;
}

export type JobRecords = Readonly<Partial<Record<JobName, JobRecord>>>;

const MAX_JOBS_BYTES = 256 * 1024;

/**
 * The job records; empty if the file is missing or not JSON, and every job is then due. Throws if the file cannot be
 * read: rewriting it then would lose its content.
 */
export function readJobs(project: Project, ports: Ports): JobRecords {
  const path = join(project.storePath, JOBS_FILE);
  try {
    const text = readSmallFile(path, MAX_JOBS_BYTES, ports.files)?.toString('utf8');
    return text === undefined ? {} : parseJobs(text, ports.now().getTime() + MAX_AHEAD_MS);
  } catch (error) {
    throw asBackupError(error, 'read the job records', path);
  }
}

/**
 * Times slightly in the future still count, because a clock can be set back a little. Later ones come from a wrong clock
 * or another computer's store. They are ignored: they could delay a job or hide a failure for years.
 */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/**
 * Claims one due time of a scheduled job, so that only one of several processes runs it. False if this or a later time
 * is already claimed, or if neither a database nor a store exists. Throws errors of locking and writing the store.
 */
export async function claimDue(project: Project, job: JobName, dueAt: Date, ports: Ports): Promise<boolean> {
  return await changeJobs(project, ports, (jobs) => {
    const claimed = jobs[job]?.claimedDueAt;
    if (claimed !== undefined && new Date(claimed) >= dueAt) return undefined;
    return { ...jobs, [job]: { ...jobs[job], claimedDueAt: dueAt.toISOString() } };
  });
}

/** Records how a job ended; `problem` is undefined if it succeeded. */
export async function recordJobResult(
  project: Project,
  job: JobName,
  problem: string | undefined,
  ports: Ports,
  lock: StoreLockOptions = {},
): Promise<void> {
  await changeJobs(project, ports, (jobs) => ({ ...jobs, [job]: resultRecord(jobs[job], problem, ports) }), lock);
}

/** Like `recordJobResult`, for a caller that already owns the store's lock. */
export function recordJobResultUnderLock(
  project: Project,
  job: JobName,
  problem: string | undefined,
  lock: StoreLock,
  ports: Ports,
): void {
  const jobs = readJobs(project, ports);
  writeJobs(project, { ...jobs, [job]: resultRecord(jobs[job], problem, ports) }, lock, ports);
}

function resultRecord(before: JobRecord | undefined, problem: string | undefined, ports: Ports): JobRecord {
  const endedAt = isoWithOffset(ports.now());
  const claimedDueAt = before?.claimedDueAt;
  if (problem === undefined) return { claimedDueAt, endedAt, ok: true, lastOkAt: endedAt };
  const failingSince = before?.failingSince ?? endedAt;
  return { claimedDueAt, endedAt, ok: false, lastOkAt: before?.lastOkAt, failingSince, problem };
}

/** Rewrites the records under the store's lock; false if `change` returns undefined. */
async function changeJobs(
  project: Project,
  ports: Ports,
  change: (jobs: JobRecords) => JobRecords | undefined,
  options: StoreLockOptions = {},
): Promise<boolean> {
  if (!hasDatabaseOrStore(project, ports)) return false;
  prepareStore(project, ports);
  const rewrite = (lock: StoreLock): boolean => {
    const changed = change(readJobs(project, ports));
    if (changed === undefined) return false;
    // This may be the first file in a new store.
    excludeFromVersionControl(project.storePath, readStoreNames(project.storePath, ports), ports);
    writeJobs(project, changed, lock, ports);
    return true;
  };
  return await withStoreLock(project.storePath, ports, rewrite, options);
}

/** A project without a database gets no store, but one that lost its database still has a store. */
function hasDatabaseOrStore(project: Project, ports: Ports): boolean {
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
    throw asBackupError(error, 'write the job records', path);
  }
}

function parseJobs(text: string, latestMs: number): JobRecords {
  const records = Object.entries(asRecord(parseJson(text)));
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
