import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { SetupPrograms } from '../core/engine.js';
import { BackupError, EXIT, isRecord, stableNode, type ExitCode, type Ports } from '../core/system/index.js';

/** Separate bundles that load fast; the command line runs them in its own process. */
export type ProgramFile = 'tap.cjs' | 'agent-hook.cjs' | 'mcp-server.cjs' | 'watch.cjs';

/** Runs a program with unparsed arguments. It may continue after this returns, and set the exit code itself. */
export async function startProgram(file: ProgramFile, args: readonly string[]): Promise<ExitCode> {
  const path = join(programFolder(), file);
  const program: unknown = createRequire(path)(path);
  if (!isProgram(program)) {
    throw new BackupError(`${path} is not a program of Feature Backups`, {
      code: 'io',
      operation: 'start a program',
      path,
      hint: 'Reinstall Feature Backups.',
    });
  }
  const code = await program.run(args);
  return Object.values(EXIT).find((known) => known === code) ?? EXIT.done;
}

/** The bundles are in one folder. When the sources are run directly, that is dist. */
export function programFolder(): string {
  return import.meta.filename.endsWith('.ts') ? resolve(import.meta.dirname, '../dist') : import.meta.dirname;
}

/** The programs that hooks and taps start. The paths are absolute, because graphical programs lack the shell's PATH. */
export function setupPrograms(ports: Ports): SetupPrograms {
  return { node: stableNode(process.execPath, ports), folder: programFolder() };
}

function isProgram(value: unknown): value is { run: (args: readonly string[]) => unknown } {
  return isRecord(value) && typeof value.run === 'function';
}
