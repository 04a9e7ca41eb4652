import { BackupError, findProgram, runProgram, type Ports } from '../system/index.js';

/** What one run of rclone gave. */
export interface RcloneRun {
  readonly stdout: Buffer;
  /** 0, or one of rclone's own codes: 3 for a folder that does not exist. */
  readonly code: number;
  readonly stderr: string;
}

/** Runs rclone; `input` is its standard input. Throws `rclone-missing`, or `target-failed` where it does not come to an end. */
export type Rclone = (args: readonly string[], input?: string) => Promise<RcloneRun>;

/**
 * The rclone program that is found on PATH, run without a shell. It gets this process's environment, so that
 * RCLONE_CONFIG and the like work; it never asks for anything, and gives up on a server that says nothing.
 */
export function findRclone(place: string, ports: Ports): Rclone {
  const program = findProgram('rclone', ports);
  if (program === undefined) throw rcloneMissing(place);
  return async (args, input = '') => await run(program, args, input, place, ports);
}

/**
 * Settings of rclone's own (rclone.org/docs, environment variables), where the user's environment says nothing: every
 * attempt ends, and there are only so many, for the next run of ours goes on where this one ends.
 */
const RETRY_ARGUMENTS = {
  RCLONE_CONTIMEOUT: '20s',
  RCLONE_TIMEOUT: '60s',
  RCLONE_RETRIES: '1',
  RCLONE_LOW_LEVEL_RETRIES: '5',
  RCLONE_ASK_PASSWORD: 'false',
} as const;

/** A run that takes longer hangs in a way that its own limits do not see. */
const LONGEST_RUN_MS = 2 * 60 * 60 * 1000;

async function run(
  program: string,
  args: readonly string[],
  input: string,
  place: string,
  ports: Ports,
): Promise<RcloneRun> {
  const environment = { ...RETRY_ARGUMENTS, ...ports.environment };
  const { code, output, errors } = await runProgram({
    program,
    args,
    environment,
    input,
    limitMs: LONGEST_RUN_MS,
  }).catch((error: unknown) => {
    throw targetFailed(place, 'run rclone', error instanceof Error ? error.message : String(error), error);
  });
  if (code === null)
    throw targetFailed(place, 'run rclone', errors.trim() === '' ? 'it was ended by a signal' : errors);
  return { stdout: output, code, stderr: errors };
}

/** What rclone said last, as a reason: without times, without anything that looks like a secret. */
export function targetFailed(place: string, operation: string, printed: string, cause?: unknown): BackupError {
  return new BackupError(`Could not ${operation} at ${place}: ${reasonIn(printed)}`, {
    code: 'target-failed',
    operation,
    hint: 'What is missing there is copied the next time. rclone itself tells more: try `rclone lsd` with this remote.',
    cause,
  });
}

function reasonIn(printed: string): string {
  const lines = printed
    .split('\n')
    .map((line) => line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (?:(?:ERROR|NOTICE|CRITICAL)\s*: )?/, '').trim())
    .filter((line) => line !== '');
  const last = lines.at(-1) ?? 'rclone failed without a word';
  return withoutSecrets(last).slice(0, MAX_REASON_LENGTH);
}

const MAX_REASON_LENGTH = 400;

function withoutSecrets(text: string): string {
  return text
    .replace(/\/\/[^/\s"@]+@/g, '//…@')
    .replace(/((?:pass(?:word)?|token|secret|key|signature|credential)[\w-]*["']?\s*[=:]\s*)["']?[^\s"',&]+/gi, '$1…');
}

function rcloneMissing(place: string): BackupError {
  return new BackupError(`rclone is not installed, and the target ${place} needs it`, {
    code: 'rclone-missing',
    operation: 'find rclone',
    hint: 'Install rclone (rclone.org/install, or the system’s package) so that it is on PATH. A target that is a folder needs no other program.',
  });
}
