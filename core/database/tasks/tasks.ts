import { BackupError } from '../../system/index.js';
import type { Feature, FeatureRow } from '../feature.js';
import type { CheckResult, Inspection, RegisteredProject } from '../inspection.js';
import { isEngineFailure } from '../engineFailure.js';
import { openImage, type OpenImage } from '../openImage.js';
import type { SqlEngine } from '../sqlEngine.js';
import { applyFeaturesTask, type AppliedFeatures } from './applyFeaturesTask.js';
import { checkTask, type CheckInput } from './checkTask.js';
import { digestFeaturesTask, type FeatureDigests } from './digestFeaturesTask.js';
import { inspectTask } from './inspectTask.js';
import { readFeatureRowsTask, type RowsInput } from './readFeatureRowsTask.js';
import { readFeaturesTask } from './readFeaturesTask.js';
import { readRegistryTask } from './readRegistryTask.js';

/** All tasks for SQLite by name, with plain data as input and output, so a worker can run them. */
export interface Tasks {
  readonly check: { readonly input: CheckInput; readonly output: CheckResult };
  readonly inspect: { readonly input: CheckInput; readonly output: Inspection };
  readonly readFeatures: { readonly input: null; readonly output: readonly Feature[] };
  readonly readFeatureRows: { readonly input: RowsInput; readonly output: readonly FeatureRow[] };
  readonly digestFeatures: { readonly input: null; readonly output: FeatureDigests };
  readonly applyFeatures: { readonly input: readonly FeatureRow[]; readonly output: AppliedFeatures };
  readonly readRegistry: { readonly input: null; readonly output: readonly RegisteredProject[] };
}

export type TaskName = keyof Tasks;

export interface TaskRequest<Name extends TaskName> {
  readonly name: Name;
  readonly image: Buffer;
  readonly input: Tasks[Name]['input'];
}

/** Opens the image, performs the task and closes it. Converts SQLite's errors to `BackupError`. */
export function performTask<Name extends TaskName>(
  engine: SqlEngine,
  { name, image, input }: TaskRequest<Name>,
  deadline: number,
): Tasks[Name]['output'] {
  let database: OpenImage | undefined;
  try {
    database = openImage(engine, image, { writable: name === 'applyFeatures', deadline });
    const output = TASK_FUNCTIONS[name](database, input);
    database.close();
    return output;
  } catch (error) {
    if (isEngineFailure(error)) throw error;
    closeQuietly(database);
    throw asDatabaseError(error);
  }
}

const TASK_FUNCTIONS: {
  readonly [Name in TaskName]: (database: OpenImage, input: Tasks[Name]['input']) => Tasks[Name]['output'];
} = {
  check: checkTask,
  inspect: inspectTask,
  readFeatures: readFeaturesTask,
  readFeatureRows: readFeatureRowsTask,
  digestFeatures: digestFeaturesTask,
  applyFeatures: applyFeaturesTask,
  readRegistry: readRegistryTask,
};

function closeQuietly(database: OpenImage | undefined): void {
  try {
    database?.close();
  } catch {
    // The first error is the relevant one.
  }
}

/** An error of SQLite as a `BackupError`. */
export function asDatabaseError(error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const details = { operation: 'read the database', cause: error };
  if (/not a database/i.test(message)) return new BackupError(message, { ...details, code: 'not-a-database' });
  if (/out of memory|too big/i.test(message)) return new BackupError(message, { ...details, code: 'too-large' });
  return new BackupError(message, { ...details, code: 'database-damaged' });
}
