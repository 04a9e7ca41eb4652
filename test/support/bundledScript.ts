import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { build } from 'esbuild';
import { makeTemporaryFolder, removeFolder } from './temporaryFolder.js';

export interface BundledScript {
  /** Starts it with these arguments, as JSON each. */
  start(...args: readonly unknown[]): ScriptRun;
  /** The same, on another Node. */
  startOn(node: string, ...args: readonly unknown[]): ScriptRun;
  /** For a test that starts it through another program. */
  commandFor(...args: readonly unknown[]): { readonly program: string; readonly args: readonly string[] };
}

export interface ScriptRun {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when it has ended. */
  readonly ended: Promise<ScriptEnd>;
}

export interface ScriptEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bundles a script of this folder once for the enclosing `describe`: a process then starts in a tenth of a second. */
export function useBundledScript(fileName: string): BundledScript {
  let folder = '';
  before(`bundle ${fileName}`, async function () {
    this.timeout(60_000);
    folder = await makeTemporaryFolder();
    await build({
      entryPoints: [join(import.meta.dirname, fileName)],
      outfile: join(folder, 'script.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      // jsonc-parser's other build cannot be bundled.
      mainFields: ['module', 'main'],
      target: 'node20.19',
      logLevel: 'error',
      banner: { js: BANNER },
    });
    copyFileSync(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'), join(folder, 'sql-wasm.wasm'));
  });
  after('remove the bundle', async () => await removeFolder(folder));
  const argumentsFor = (args: readonly unknown[]): readonly string[] => {
    const texts = args.map((argument) => JSON.stringify(argument));
    return ['--no-warnings', join(folder, 'script.mjs'), ...texts];
  };
  const startOn: BundledScript['startOn'] = (node, ...args) => {
    const child = spawn(node, argumentsFor(args));
    return { child, ended: endOf(child) };
  };
  return {
    start: (...args) => startOn(process.execPath, ...args),
    startOn,
    commandFor: (...args) => ({ program: process.execPath, args: argumentsFor(args) }),
  };
}

/** sql.js is CommonJS and requires these. */
const BANNER = `
import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url), __dirname = import.meta.dirname, __filename = import.meta.filename;`;

async function endOf(child: ChildProcessWithoutNullStreams): Promise<ScriptEnd> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}
