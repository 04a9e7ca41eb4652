import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built command line as shipped. */
export const CLI_PATH = fileURLToPath(new URL('../../dist/feature-backups.cjs', import.meta.url));

let isBuilt = false;

/** Built once for each process, so the tests never run outdated code. A mutation run builds it before its tests. */
export function buildCli(): void {
  if (isBuilt || process.env.MUTATION_RUN !== undefined) return;
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The build failed:\n${stderr}`);
  isBuilt = true;
}

export interface CliRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** An environment in which nothing of the developer's own is set. Without HOME, programs use the account's home. */
export function bareEnvironment(more: CliOptions['env'] = {}): Record<string, string> {
  const { PATH, FEATURE_BACKUPS_STATE, FEATURE_BACKUPS_VAULT } = process.env;
  const HOME = join(FEATURE_BACKUPS_STATE ?? '', 'home');
  const own = {
    PATH,
    FEATURE_BACKUPS_STATE,
    FEATURE_BACKUPS_VAULT,
    HOME,
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    ...mutationRunVariables(),
    ...more,
  };
  return Object.fromEntries(
    Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** A mutation run uses these to select the mutant and to record the mutants reached; otherwise they are unset. */
function mutationRunVariables(): Readonly<Record<string, string | undefined>> {
  const { MUTATION_RUN, MUTATION_COVERAGE_FOLDER, __STRYKER_ACTIVE_MUTANT__, NODE_OPTIONS } = process.env;
  return MUTATION_RUN === undefined ? {} : { MUTATION_COVERAGE_FOLDER, __STRYKER_ACTIVE_MUTANT__, NODE_OPTIONS };
}

/** Runs it to its end in a child process with pipes. */
export async function runCli(args: readonly string[], { cwd, env, input }: CliOptions = {}): Promise<CliRun> {
  buildCli();
  const child = spawn(process.execPath, [CLI_PATH, ...args], { cwd, env: bareEnvironment(env) });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  child.stdin.on('error', () => undefined).end(input ?? '');
  const ended = await new Promise<Pick<CliRun, 'code' | 'signal'>>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal }));
  });
  return { ...ended, ...text };
}

/** How long such a successful run currently takes on this machine, for runs that are to be interrupted. */
export async function durationOf(args: readonly string[], options: CliOptions): Promise<number> {
  buildCli();
  const startedAtMs = performance.now();
  const { code, stderr } = await runCli(args, options);
  if (code !== 0) throw new Error(`It ended with ${String(code)}: ${stderr}`);
  return performance.now() - startedAtMs;
}

/** Runs it with --json and parses the one document. */
export async function runCliJson(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliRun & { readonly document: Record<string, unknown> }> {
  const run = await runCli([...args, '--json'], options);
  const document: unknown = JSON.parse(run.stdout);
  if (typeof document !== 'object' || document === null) throw new Error(`Not a document: ${run.stdout}`);
  return { ...run, document: { ...document } };
}
