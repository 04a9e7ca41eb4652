import { BackupError, findSystemProgram, runProgram, type Ports } from '../system/index.js';
import type { ManagerCommand } from './serviceSpec.js';

export interface ManagerFailure {
  readonly command: ManagerCommand;
  readonly output: string;
}

/** Runs the commands up to the first failure, and returns that one. */
export async function runUntilFailure(
  commands: readonly ManagerCommand[],
  ports: Ports,
): Promise<ManagerFailure | undefined> {
  for (const command of commands) {
    const { ok, text } = await runManager(command, ports);
    if (!ok) return { command, output: text };
  }
  return undefined;
}

/** Runs all commands, and returns the first failure. */
export async function runAll(commands: readonly ManagerCommand[], ports: Ports): Promise<ManagerFailure | undefined> {
  let failure: ManagerFailure | undefined;
  for (const command of commands) {
    const { ok, text } = await runManager(command, ports);
    if (!ok) failure ??= { command, output: text };
  }
  return failure;
}

const LIMIT_MS = 60_000;

/** The output, or why the program could not run. */
async function runManager(
  [name, ...args]: ManagerCommand,
  ports: Ports,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const program = findSystemProgram(name, ports);
  if (program === undefined) return { ok: false, text: `the program ${name} was not found` };
  try {
    const run = { program, args, environment: ports.environment, limitMs: LIMIT_MS };
    const { code, output, errors } = await runProgram(run);
    const printed = `${errors}${output.toString('utf8')}`.trim();
    if (code === 0) return { ok: true, text: printed };
    return { ok: false, text: printed === '' ? `${[name, ...args].join(' ')} exited with ${String(code)}` : printed };
  } catch (error) {
    if (error instanceof BackupError) return { ok: false, text: error.message };
    throw error;
  }
}
