import { execFile } from 'node:child_process';
import { systemErrorCode } from '../errors.js';
import type { ManagerCommand } from './types.js';

export interface ManagerFailure {
  readonly command: ManagerCommand;
  readonly text: string;
}

/** Asks one after the other, up to the first that fails. Returns that one. */
export async function askInTurn(commands: readonly ManagerCommand[]): Promise<ManagerFailure | undefined> {
  for (const command of commands) {
    const { ok, text } = await askManager(command);
    if (!ok) return { command, text };
  }
  return undefined;
}

/** Asks all of them, whatever fails. Returns the first that did. */
export async function askEach(commands: readonly ManagerCommand[]): Promise<ManagerFailure | undefined> {
  let failure: ManagerFailure | undefined;
  for (const command of commands) {
    const { ok, text } = await askManager(command);
    if (!ok) failure ??= { command, text };
  }
  return failure;
}

const TIMEOUT_MS = 60_000;

/** What it printed, or why it could not be run. */
async function askManager([program, ...args]: ManagerCommand): Promise<{
  readonly ok: boolean;
  readonly text: string;
}> {
  return await new Promise((resolve) => {
    execFile(program, args, { timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout, stderr) => {
      const printed = `${stderr}${stdout}`.trim();
      if (error === null) resolve({ ok: true, text: printed });
      else if (systemErrorCode(error) === 'ENOENT') resolve({ ok: false, text: `there is no program ${program}` });
      else resolve({ ok: false, text: printed === '' ? error.message : printed });
    });
  });
}
