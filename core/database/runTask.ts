import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { BackupError, systemErrorCode } from '../system/index.js';
import { isEngineFailure } from './engineFailure.js';
import { timeLimitError } from './openImage.js';
import { findSchemaHazard } from './schemaHazard.js';
import { isSqlEngineDisabled, loadSqlEngine, disableSqlEngine } from './sqlEngine.js';
import { performTask, type TaskRequest, type TaskName, type Tasks } from './tasks/tasks.js';
import type { TaskResponse } from './taskWorker.js';

/**
 * Runs a task on an image: in this thread if the schema is plain, because starting a worker takes longer than reading a
 * small database; else in a worker that can be stopped. The time limit depends on the size. Throws `time-limit`,
 * `database-damaged` if SQLite crashes on the image, and `not-a-database` if it is empty.
 */
export async function runTask<Name extends TaskName>(
  name: Name,
  image: Buffer,
  input: Tasks[Name]['input'],
  limitMs = timeLimitMs(image.length),
): Promise<Tasks[Name]['output']> {
  if (image.length === 0) throw emptyError();
  if (!isSqlEngineDisabled() && findSchemaHazard(image) === undefined) {
    const engine = await loadSqlEngine(image.length);
    try {
      return performTask(engine, { name, image, input }, Date.now() + limitMs);
    } catch (error) {
      if (!isEngineFailure(error)) throw error;
      disableSqlEngine();
    }
  }
  return await runInWorker({ name, image, input }, limitMs);
}

async function runInWorker<Name extends TaskName>(
  request: TaskRequest<Name>,
  limitMs: number,
): Promise<Tasks[Name]['output']> {
  const worker = startTaskWorker(request);
  return await new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      void worker.terminate();
      act();
    };
    const timer = setTimeout(() => finish(() => reject(timeLimitError())), limitMs);
    worker.once('error', (error) => finish(() => reject(workerError(error))));
    worker.once('exit', () => finish(() => reject(workerError(undefined))));
    worker.once('message', (response: TaskResponse<Name>) => {
      finish(() => ('output' in response ? resolve(response.output) : reject(errorFrom(response))));
    });
  });
}

function errorFrom(response: Exclude<TaskResponse<TaskName>, { output: unknown }>): Error {
  if (response.engineFailure) return engineError(response.error);
  return response.code === undefined
    ? response.error
    : new BackupError(response.error.message, {
        code: response.code,
        operation: 'read the database',
        hint: response.hint,
      });
}

function engineError(cause: unknown): BackupError {
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  return new BackupError(`SQLite failed to read the structure of the database${reason}`, {
    code: 'database-damaged',
    operation: 'read the database',
    cause,
  });
}

/** The worker failed, not the database: it did not start, or ran out of memory. */
function workerError(cause: unknown): BackupError {
  const outOfMemory = systemErrorCode(cause) === 'ERR_WORKER_OUT_OF_MEMORY';
  const reason = cause instanceof Error ? cause.message : 'it ended without a result';
  return new BackupError(`The thread that reads the database failed: ${reason}`, {
    code: outOfMemory ? 'too-large' : 'io',
    operation: 'read the database',
    cause,
  });
}

/** SQLite accepts an empty file as a database without tables, but here it means that the content was lost. */
function emptyError(): BackupError {
  return new BackupError('The file is empty', { code: 'not-a-database', operation: 'read the database' });
}

const BASE_MS = 20_000;
const MS_PER_MEGABYTE = 100;

/** Far longer than reading an intact image of this size takes. */
export function timeLimitMs(sizeBytes: number): number {
  return BASE_MS + Math.ceil(sizeBytes / 1_000_000) * MS_PER_MEGABYTE;
}

/** Starts `taskWorker` with a copy of the request, and discards its output. */
function startTaskWorker(request: object): Worker {
  const options: WorkerOptions = { workerData: request, stdout: true, stderr: true };
  return import.meta.filename.endsWith('.ts') ? startFromSource(options) : new Worker(BUNDLE, options);
}

/** In the folder of every bundle. */
const BUNDLE = join(import.meta.dirname, 'task-worker.cjs');

/** Registers tsx first, because a worker on Node 20 does not inherit it. */
function startFromSource(options: WorkerOptions): Worker {
  const module = pathToFileURL(join(import.meta.dirname, 'taskWorker.ts')).href;
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(module)}); });`;
  return new Worker(start, { ...options, eval: true, execArgv: [] });
}
