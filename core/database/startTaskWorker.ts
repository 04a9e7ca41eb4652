import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts `taskWorker` with its order, whose bytes are copied. Nothing of what it prints is passed on. */
export function startTaskWorker(order: object): Worker {
  const options: WorkerOptions = { workerData: order, stdout: true, stderr: true };
  return import.meta.filename.endsWith('.ts') ? startFromSource(options) : new Worker(BUNDLE, options);
}

/** The build puts it next to every bundle. */
const BUNDLE = join(import.meta.dirname, 'task-worker.cjs');

/** In the source tree TypeScript runs through tsx, which a worker on Node 20 does not inherit. */
function startFromSource(options: WorkerOptions): Worker {
  const module = pathToFileURL(join(import.meta.dirname, 'taskWorker.ts')).href;
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(module)}); });`;
  return new Worker(start, { ...options, eval: true, execArgv: [] });
}
