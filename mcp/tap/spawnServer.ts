import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { realPorts } from '../../core/system/index.js';
import { planWindowsSpawn } from './windowsCommand.js';

export type Server = ChildProcessByStdio<Writable, Readable, null>;

/** Starts the server as the client would: with the same environment, folder and standard error. */
export function spawnServer(command: string, args: readonly string[]): Server {
  const plan =
    process.platform === 'win32'
      ? planWindowsSpawn(command, args, { ...realPorts(), cwd: process.cwd() })
      : { command, args, isVerbatim: false };
  return spawn(plan.command, [...plan.args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    shell: false,
    windowsHide: true,
    windowsVerbatimArguments: plan.isVerbatim,
  });
}
