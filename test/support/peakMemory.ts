import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareEnvironment, buildCli, CLI_PATH, type CliRun } from './runCli.js';

/** Writes a module into `folder` that reports the peak memory of the process preloading it on descriptor 3. */
export function writePeakReporter(folder: string): string {
  const path = join(folder, 'reportPeak.cjs');
  writeFileSync(
    path,
    `process.on('exit', () => {
      const { existsSync, readFileSync, writeSync } = require('fs');
      const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'latin1') : '';
      writeSync(3, /^VmHWM:\\s*(\\d+) kB/m.exec(status)?.[1] ?? String(process.resourceUsage().maxRSS));
    });`,
  );
  return path;
}

/** In kibibytes. From /proc if possible, because `maxRSS` includes the memory of the parent before this program started. */
export function peakBytesOf(report: string | null | undefined): number {
  return Number(report) * 1024;
}

export interface MeasuredRun extends CliRun {
  readonly peakBytes: number;
}

/** Runs the built command line and measures the peak of its resident memory. `folder` is for the reporter. */
export function runMeasured(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): MeasuredRun {
  buildCli();
  const { status, signal, output } = spawnSync(
    process.execPath,
    ['--require', writePeakReporter(folder), CLI_PATH, ...args],
    { env: bareEnvironment(env), stdio: ['ignore', 'pipe', 'pipe', 'pipe'], encoding: 'utf8' },
  );
  const [, stdout, stderr, report] = output;
  return { code: status, signal, stdout: stdout ?? '', stderr: stderr ?? '', peakBytes: peakBytesOf(report) };
}
