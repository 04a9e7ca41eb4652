import { findSystemProgram, type Ports } from '../system/index.js';
import type { ManagerCommand } from './types.js';

export interface ManagerFailure {
  readonly command: ManagerCommand;
  readonly text: string;
}

/** Asks one after the other, up to the first that fails. Returns that one. */
export async function askInTurn(
  commands: readonly ManagerCommand[],
  ports: Ports,
): Promise<ManagerFailure | undefined> {
  for (const command of commands) {
    const { ok, text } = await askManager(command, ports);
    if (!ok) return { command, text };
  }
  return undefined;
}

/** Asks all of them, whatever fails. Returns the first that did. */
export async function askEach(commands: readonly ManagerCommand[], ports: Ports): Promise<ManagerFailure | undefined> {
  let failure: ManagerFailure | undefined;
  for (const command of commands) {
    const { ok, text } = await askManager(command, ports);
    if (!ok) failure ??= { command, text };
  }
  return failure;
}

const TIMEOUT_MS = 60_000;

/** What it printed, or why it could not be run. */
async function askManager(
  [name, ...args]: ManagerCommand,
  ports: Ports,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const program = findSystemProgram(name, ports);
  if (program === undefined) return { ok: false, text: `there is no program ${name}` };
  const options = { env: { ...ports.environment }, timeout: TIMEOUT_MS, windowsHide: true };
  const { execFile } = process.getBuiltinModule('node:child_process');
  return await new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const printed = `${stderr}${stdout}`.trim();
      if (error === null) resolve({ ok: true, text: printed });
      else resolve({ ok: false, text: printed === '' ? error.message : printed });
    });
  });
}
