import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CLI_PATH, bareEnvironment, buildCli, type CliRun, type CliOptions } from './runCli.js';

/** Something that a hostile repository can contain instead of a configuration file. */
export interface PlantedFile {
  readonly title: string;
  readonly plant: (path: string) => void;
  /** The product's reason for refusing it. */
  readonly reason: RegExp;
}

export const PLANTED_FILES: readonly PlantedFile[] = [
  {
    title: 'a pipe that nobody writes to',
    plant: (path) => execFileSync('mkfifo', [path]),
    reason: /is not a regular file/,
  },
  {
    title: 'a link to an endless device',
    plant: (path) => {
      symlinkSync('/dev/zero', path);
    },
    reason: /is a link that points outside/,
  },
  {
    title: 'a file of 100 MB',
    plant: (path) => {
      writeFileSync(path, '');
      truncateSync(path, 100 * 1024 * 1024);
    },
    reason: /is too large/,
  },
];

/** Creates the folder of a planted file, then plants it. */
export function plantAt(path: string, { plant }: PlantedFile): void {
  mkdirSync(dirname(path), { recursive: true });
  plant(path);
}

/** Runs the built command line; `code` is null if it hung and was killed. */
export function runCliOrKill(args: readonly string[], { cwd, env, input }: CliOptions = {}): CliRun {
  buildCli();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [CLI_PATH, ...args], {
    cwd,
    env: bareEnvironment(env),
    input: input ?? '',
    encoding: 'utf8',
    timeout: HANGS_AFTER_MS,
    killSignal: 'SIGKILL',
  });
  return { code: status, signal, stdout, stderr };
}

/** Far longer than any command takes; only a hang reaches it. */
const HANGS_AFTER_MS = 15_000;
