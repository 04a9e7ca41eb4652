import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { BackupError, EXIT, isRecord, type ExitCode } from '../core/system/index.js';

/** Front ends of their own that the command line starts in its process: bundles of their own, so that each loads fast. */
export type ProgramFile = 'tap.cjs' | 'agent-hook.cjs' | 'mcp-server.cjs' | 'watch.cjs';

/** Runs a program with the arguments as they stand. It may go on after this returns, and set the exit code itself. */
export async function startProgram(file: ProgramFile, args: readonly string[]): Promise<ExitCode> {
  const path = join(programFolder(), file);
  const program: unknown = createRequire(path)(path);
  if (!isProgram(program)) {
    throw new BackupError(`${path} is not a program of Feature Backups`, {
      code: 'io',
      operation: 'start a program',
      path,
      hint: 'Install Feature Backups again.',
    });
  }
  const code = await program.run(args);
  return Object.values(EXIT).find((known) => known === code) ?? EXIT.done;
}

/** The bundles lie side by side; run from its sources, the program is where the build puts it. */
export function programFolder(): string {
  return import.meta.filename.endsWith('.ts') ? resolve(import.meta.dirname, '../dist') : import.meta.dirname;
}

function isProgram(value: unknown): value is { run: (args: readonly string[]) => unknown } {
  return isRecord(value) && typeof value.run === 'function';
}
