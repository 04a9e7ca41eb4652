import {
  probeVariables,
  readProbeAnswer,
  realPath,
  withoutProbeAnswers,
  type ProbeAnswer,
  type Project,
} from '../project/index.js';
import { BackupError, findProgram, runProgram, type Ports } from '../system/index.js';
import type { DoctorNode } from './check.js';

export interface ProbeRun {
  /** A path, or a name on PATH. */
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Variables in addition to those of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | undefined;
}

/** How a program ended that was started with a probe. */
export interface ProbeResult {
  readonly answer: ProbeAnswer | undefined;
  /** Null if a signal ended it; undefined if it could not be started or did not end. */
  readonly code: number | null | undefined;
  readonly output: string;
  /** Its error messages, or why it could not be started. */
  readonly errors: string;
}

/** Starts a hook or a tap as it is installed. It reports what it would back up, and backs up nothing. */
export async function runProbe(
  { program, args, folder, environment, input }: ProbeRun,
  ports: Ports,
): Promise<ProbeResult> {
  const found = /[/\\]/.test(program) ? program : findProgram(program, ports);
  if (found === undefined) return failed(`The program ${program} was not found`);
  const own = { ...ownEnvironment(ports), ...environment, ...probeVariables(ports.now()) };
  try {
    const run = { program: found, args, folder, environment: own, input: input ?? '', limitMs: LIMIT_MS };
    const { code, output, errors } = await runProgram(run);
    return {
      answer: readProbeAnswer(errors),
      code,
      output: output.toString('utf8'),
      errors: withoutProbeAnswers(errors).slice(0, MAX_ERRORS_LENGTH),
    };
  } catch (error) {
    if (error instanceof BackupError) return failed(error.message);
    throw error;
  }
}

/** Clients wait less for the first answer of a server. */
const LIMIT_MS = 30_000;
const MAX_ERRORS_LENGTH = 300;

function failed(errors: string): ProbeResult {
  return { answer: undefined, code: undefined, output: '', errors };
}

/** Another project or repository that this process was started for must not decide. */
function ownEnvironment({ environment }: Ports): Ports['environment'] {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name !== 'PROJECT_DIR' && !/^GIT_(?!EXEC_PATH|CONFIG)/.test(name)),
  );
}

/** A project whose connections are tried. */
export interface ProbedProject {
  readonly project: Project;
  /** Why it cannot be opened, which is then all that its hooks and taps can report. */
  readonly error?: BackupError | undefined;
}

export type Reached = 'project' | 'obstacle' | 'nothing';

/** `obstacle`: it works as far as it can, and is stopped by the error that is reported already. */
export function reachedBy({ roots, problems }: ProbeAnswer, { project, error }: ProbedProject, ports: Ports): Reached {
  const { root } = project;
  if (roots.some((reached) => realPath(reached, ports) === realPath(root, ports))) return 'project';
  if (error === undefined || roots.length > 0) return 'nothing';
  const isAbsent = problems.length === 0 && error.code === 'database-not-found';
  const isSame = problems.length > 0 && problems.every((each) => each === error.message);
  return isAbsent || isSame ? 'obstacle' : 'nothing';
}

export function nodeOf({ nodeVersion: version, nodePath: path }: ProbeAnswer): DoctorNode {
  return { version, path };
}

export function nodeInWords({ nodeVersion, nodePath }: ProbeAnswer): string {
  return `Node.js ${nodeVersion.replace(/^v/, '')} (${nodePath})`;
}

/** What was reached in place of the project. */
export function reachedInWords({ roots, problems }: ProbeAnswer): string {
  if (problems.length > 0) return `reports: ${problems.join('; ')}`;
  return roots.length === 0 ? 'finds no project to back up' : `backs up ${roots.join(', ')} instead`;
}
