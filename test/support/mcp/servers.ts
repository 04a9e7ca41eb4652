import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { CLI_PATH, buildCli } from '../runCli.js';

/** A server, or a server behind the tap: what an MCP client would start. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The stand-in for AutoForge's feature server. PROJECT_DIR is its project. */
export async function featureServer(): Promise<ServerCommand> {
  return { command: process.execPath, args: [await bundled('featureServer.ts')] };
}

/** The SDK's example server. */
export function everythingServer(): ServerCommand {
  const packageJson = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json');
  return { command: process.execPath, args: [join(dirname(packageJson), 'dist/index.js'), 'stdio'] };
}

export function behindTap({ command, args }: ServerCommand, ...options: readonly string[]): ServerCommand {
  buildCli();
  return { command: process.execPath, args: [CLI_PATH, 'tap', ...options, '--', command, ...args] };
}

const bundles = new Map<string, Promise<string>>();
let folder: string | undefined;

/** A program in this folder, bundled once per process, so that it starts as fast as a real one. */
export function bundled(fileName: string): Promise<string> {
  const known = bundles.get(fileName) ?? bundle(fileName);
  bundles.set(fileName, known);
  return known;
}

async function bundle(fileName: string): Promise<string> {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'feature-backups-programs-'));
    const made = folder;
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  const outfile = join(folder, fileName.replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [join(import.meta.dirname, fileName)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return outfile;
}
