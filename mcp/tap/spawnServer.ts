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
    env: serverEnvironment(process.env),
    windowsHide: true,
    windowsVerbatimArguments: plan.isVerbatim,
  });
}

/** launch.sh keeps NODE_OPTIONS away from the tap; the server gets it as the client set it. */
function serverEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { FEATURE_BACKUPS_NODE_OPTIONS: options, ...others } = environment;
  return options === undefined ? environment : { ...others, NODE_OPTIONS: options };
}
