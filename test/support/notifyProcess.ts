import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from './runCli.js';
import type { NotifyRequest } from './notifyDriver.js';

const DRIVER = fileURLToPath(new URL('notifyDriver.ts', import.meta.url));

export interface NotifyRun {
  readonly sent: readonly string[];
  readonly problems: readonly string[];
  readonly stderr: string;
}

/** Reports in a separate process with exactly this environment. */
export async function reportInProcess(
  request: NotifyRequest,
  environment: Readonly<Record<string, string>>,
): Promise<NotifyRun> {
  const args = ['--import', 'tsx/esm', DRIVER, JSON.stringify(request)];
  const child = spawn(process.execPath, args, { env: bareEnvironment(environment) });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stderr, ...(JSON.parse(stdout) as Pick<NotifyRun, 'sent' | 'problems'>) };
}
