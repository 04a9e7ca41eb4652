import { writeSync } from 'node:fs';
import { asRecord, isRecord, parseJson, type Ports } from '../system/index.js';
import type { Project } from './project.js';

/**
 * `doctor` starts hooks and taps as they are installed, with the current time in this variable. They then only report
 * which projects they would back up.
 */
const PROBE_VARIABLE = 'FEATURE_BACKUPS_PROBE';

/** Short, because the variable disables backups if it stays set in an environment. */
const PROBE_VALID_MS = 5 * 60_000;

const ANSWER_PREFIX = 'feature-backups-probe: ';

/** The report of a hook or tap that was started as a probe. */
export interface ProbeAnswer {
  /** The version of the Node.js that ran it, such as `v24.1.0`. */
  readonly nodeVersion: string;
  readonly nodePath: string;
  /** The roots of the projects that it would back up. */
  readonly roots: readonly string[];
  /** Why other projects cannot be backed up. */
  readonly problems: readonly string[];
}

/** The environment variables that make a hook or tap only report. */
export function probeVariables(now: Date): Readonly<Record<string, string>> {
  return { [PROBE_VARIABLE]: String(now.getTime()) };
}

export function isProbe({ environment, now }: Pick<Ports, 'environment' | 'now'>): boolean {
  const startedAtMs = Number(environment[PROBE_VARIABLE]);
  return Math.abs(now().getTime() - startedAtMs) < PROBE_VALID_MS;
}

/** Writes to standard error, because the standard output of some programs belongs to a protocol. */
export function answerProbe(projects: readonly Pick<Project, 'root'>[], failures: readonly unknown[]): void {
  const answer: ProbeAnswer = {
    nodeVersion: process.version,
    nodePath: process.execPath,
    roots: projects.map(({ root }) => root),
    problems: failures.map((error) => (error instanceof Error ? error.message : String(error))),
  };
  writeSync(2, `${ANSWER_PREFIX}${JSON.stringify(answer)}\n`);
}

/** The first answer in the standard error of a program; undefined if it has not answered. */
export function readProbeAnswer(text: string): ProbeAnswer | undefined {
  const line = text.split('\n').find((each) => each.startsWith(ANSWER_PREFIX));
  const value = parseJson(line?.slice(ANSWER_PREFIX.length));
  if (!isRecord(value)) return undefined;
  const { nodeVersion, nodePath, roots, problems } = asRecord(value);
  return {
    nodeVersion: String(nodeVersion),
    nodePath: String(nodePath),
    roots: Array.isArray(roots) ? roots.map(String) : [],
    problems: Array.isArray(problems) ? problems.map(String) : [],
  };
}

/** The rest of a program's standard error: messages and warnings. */
export function withoutProbeAnswers(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith(ANSWER_PREFIX))
    .join('\n');
}
