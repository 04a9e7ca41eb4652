import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { build } from 'esbuild';
import type { RestoreResult, RestoreRequest } from './restoreDriver.js';
import { makeTemporaryFolder, removeFolder } from './temporaryFolder.js';

export interface RestoreProcess {
  /** Undefined if the process was killed. */
  run(request: RestoreRequest, nodePath?: string): Promise<RestoreResult | undefined>;
}

/** Bundles the driver once for the enclosing `describe`: a process then starts in a tenth of a second. */
export function useRestoreProcess(): RestoreProcess {
  let folder = '';
  before('bundle the restore driver', async function () {
    this.timeout(60_000);
    folder = await makeTemporaryFolder();
    const options = { bundle: true, platform: 'node', target: 'node20.19', logLevel: 'error' } as const;
    await build({
      ...options,
      entryPoints: [join(import.meta.dirname, 'restoreDriver.ts')],
      outfile: join(folder, 'restoreDriver.mjs'),
      format: 'esm',
      banner: { js: BANNER },
    });
    await build({
      ...options,
      entryPoints: [join(import.meta.dirname, '../../core/database/taskWorker.ts')],
      outfile: join(folder, 'task-worker.cjs'),
      format: 'cjs',
      define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    });
    const wasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');
    copyFileSync(wasm, join(folder, 'sql-wasm.wasm'));
  });
  after('remove the bundle', async () => await removeFolder(folder));
  return {
    run: async (request, nodePath = process.execPath) =>
      await runOnce(nodePath, join(folder, 'restoreDriver.mjs'), request),
  };
}

/** sql.js is CommonJS and requires these. */
const BANNER = `
import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url), __dirname = import.meta.dirname, __filename = import.meta.filename;`;

function runOnce(nodePath: string, driver: string, request: RestoreRequest): Promise<RestoreResult | undefined> {
  const child = spawn(nodePath, ['--no-warnings', driver, JSON.stringify(request)]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(undefined);
      else if (code === 0) resolve(JSON.parse(output) as RestoreResult);
      else reject(new Error(`The restore process ended with ${String(code)}: ${errors}`));
    });
  });
}
