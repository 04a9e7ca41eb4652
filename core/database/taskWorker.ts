import { parentPort, workerData } from 'node:worker_threads';
import { BackupError, type BackupErrorCode } from '../system/index.js';
import { isEngineFailure } from './engineFailure.js';
import { loadSqlEngine } from './sqlEngine.js';
import { performTask, type TaskRequest, type TaskName, type Tasks } from './tasks/tasks.js';

/** The worker's only message. An error loses its class between threads, so its details are sent separately. */
export type TaskResponse<Name extends TaskName> =
  | { readonly output: Tasks[Name]['output'] }
  | {
      readonly error: Error;
      readonly engineFailure: boolean;
      readonly code: BackupErrorCode | undefined;
      readonly hint: string | undefined;
    };

/** Only `runInWorker` starts this file. */
const request = workerData as TaskRequest<TaskName>;

void respond().then((message) => parentPort?.postMessage(message));

async function respond(): Promise<TaskResponse<TaskName>> {
  const { buffer, byteOffset, byteLength } = request.image;
  // A Buffer from another thread is a plain Uint8Array.
  const image = Buffer.from(buffer, byteOffset, byteLength);
  try {
    return { output: performTask(await loadSqlEngine(), { ...request, image }, Infinity) };
  } catch (thrown) {
    const known = thrown instanceof BackupError ? thrown : undefined;
    return {
      error: thrown instanceof Error ? new Error(thrown.message) : new Error(String(thrown)),
      engineFailure: isEngineFailure(thrown),
      code: known?.code,
      hint: known?.hint,
    };
  }
}
