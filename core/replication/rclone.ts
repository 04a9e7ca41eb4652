import { BackupError, findProgram, runProgram, type Ports } from '../system/index.js';

/** The result of one run of rclone. */
export interface RcloneRun {
  readonly stdout: Buffer;
  /** 0, or one of rclone's own codes: 3 for a folder that does not exist. */
  readonly code: number;
  readonly stderr: string;
}

/** Runs rclone; `input` is its standard input. Throws `rclone-missing`, or `target-failed` if it does not finish. */
export type Rclone = (args: readonly string[], input?: string) => Promise<RcloneRun>;

/**
 * The rclone program on PATH, run without a shell. It inherits this process's environment, such as RCLONE_CONFIG. It
 * never prompts, and fails if a server does not respond.
 */
export function findRclone(place: string, ports: Ports): Rclone {
  const program = findProgram('rclone', ports);
  if (program === undefined) throw rcloneMissing(place);
  return async (args, input = '') => await run(program, args, input, place, ports);
}

/**
 * Defaults for rclone's environment variables (rclone.org/docs). They limit the time and the number of attempts, because
 * the next sync tries again.
 */
const DEFAULT_ENVIRONMENT = {
  RCLONE_CONTIMEOUT: '20s',
  RCLONE_TIMEOUT: '60s',
  RCLONE_RETRIES: '1',
  RCLONE_LOW_LEVEL_RETRIES: '5',
  RCLONE_ASK_PASSWORD: 'false',
} as const;

/** A longer run hangs in a way that rclone's own limits do not detect. */
const MAX_RUN_MS = 2 * 60 * 60 * 1000;

async function run(
  program: string,
  args: readonly string[],
  input: string,
  place: string,
  ports: Ports,
): Promise<RcloneRun> {
  const environment = { ...DEFAULT_ENVIRONMENT, ...ports.environment };
  const { code, output, errors } = await runProgram({
    program,
    args,
    environment,
    input,
    limitMs: MAX_RUN_MS,
  }).catch((error: unknown) => {
    throw targetFailed(place, 'run rclone', error instanceof Error ? error.message : String(error), error);
  });
  if (code === null)
    throw targetFailed(place, 'run rclone', errors.trim() === '' ? 'rclone was killed by a signal' : errors);
  return { stdout: output, code, stderr: errors };
}

/** An error with the last line that rclone printed, without times and secrets. */
export function targetFailed(place: string, operation: string, printed: string, cause?: unknown): BackupError {
  return new BackupError(`Could not ${operation} at ${place}: ${reasonIn(printed)}`, {
    code: 'target-failed',
    operation,
    hint: 'The next sync copies missing backups. For details, try rclone lsd with this remote.',
    cause,
  });
}

function reasonIn(printed: string): string {
  const lines = printed
    .split('\n')
    .map((line) => line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (?:(?:ERROR|NOTICE|CRITICAL)\s*: )?/, '').trim())
    .filter((line) => line !== '');
  const last = lines.at(-1) ?? 'rclone failed without a message';
  return withoutSecrets(last).slice(0, MAX_REASON_LENGTH);
}

const MAX_REASON_LENGTH = 400;

function withoutSecrets(text: string): string {
  return text
    .replace(/\/\/[^/\s"@]+@/g, '//…@')
    .replace(/((?:pass(?:word)?|token|secret|key|signature|credential)[\w-]*["']?\s*[=:]\s*)["']?[^\s"',&]+/gi, '$1…');
}

function rcloneMissing(place: string): BackupError {
  return new BackupError(`The target ${place} requires rclone, which is not installed`, {
    code: 'rclone-missing',
    operation: 'find rclone',
    hint: 'Install rclone (rclone.org/install, or your package manager), and make sure that it is on PATH. A folder as a target needs no other program.',
  });
}
