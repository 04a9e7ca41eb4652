import { spawnSync } from 'node:child_process';
import { bareEnvironment } from '../support/runCli.js';

/** An operation to time. `run` prepares it, which is not timed, and returns the duration in milliseconds. */
export interface Candidate {
  readonly name: string;
  readonly run: () => Promise<number> | number;
}

export interface Measured {
  readonly name: string;
  readonly medianMs: number;
}

/** Runs the candidates in turn, round after round, so that other load on the machine affects all of them equally. */
export async function measure(candidates: readonly Candidate[], rounds: number): Promise<readonly Measured[]> {
  const times = candidates.map((): number[] => []);
  for (const candidate of candidates) await candidate.run();
  for (let round = 0; round < rounds; round++) {
    for (const [index, candidate] of candidates.entries()) times[index]?.push(await candidate.run());
  }
  return candidates.map(({ name }, index) => ({ name, medianMs: median(times[index] ?? []) }));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function timeOf(work: () => void): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

export async function timeOfAsync(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** The environment of the measured processes; the same for all rows of a table. */
export interface ProcessEnvironment {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Without the developer's variables: those of npm and the test runner slow Node down. */
export const BARE: ProcessEnvironment = {
  name: 'in a bare environment',
  environment: bareEnvironment({ HOME: process.env.HOME }),
};

/**
 * The bare one and, if set here, one with NODE_EXTRA_CA_CERTS. Node 20 reads those certificates at every start, which
 * takes longer than the rest of the start, so the measured work is a smaller part of the total.
 */
export function processEnvironments(): readonly ProcessEnvironment[] {
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env;
  if (certificates === undefined || certificates === '') return [BARE];
  const environment = { ...BARE.environment, NODE_EXTRA_CA_CERTS: certificates };
  return [BARE, { name: 'with the NODE_EXTRA_CA_CERTS of this environment', environment }];
}

/** The time of a process from start to end. `input`: its standard input. */
export function timeOfProcess(
  command: string,
  args: readonly string[],
  { environment }: ProcessEnvironment = BARE,
  input?: string,
): number {
  return timeOf(() => {
    const env = environment;
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const { status, stderr } = spawnSync(command, args, {
      env,
      input,
      stdio: [stdin, 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  });
}
