import { dirname, join, resolve } from 'node:path';
import {
  findCallProjects,
  forgetReported,
  isUnreported,
  mayDamageStore,
  problemSentence,
  storeDamageOf,
  triggerForCall,
  writtenDatabase,
  type CallPlace,
  type CallTrigger,
} from '../core/agents/index.js';
import { beforeSqlEngineCompiles } from '../core/database/index.js';
import { backUp, BackupError, type Project } from '../core/engine.js';
import { realPorts } from '../core/system/index.js';
import { startFollowUp } from '../core/followUp/index.js';
import { answerProbe, isProbe, realPath } from '../core/project/index.js';
import { preferQuickStart } from '../launch/quickStart.js';
import { ALLOW, blockCall, blockDamage, reportLosses, reportUnprotected } from './hookAnswer.js';
import { isSessionEvent, parseHookEvent, type HookEvent, type SessionEvent, type ToolEvent } from './hookEvent.js';
import { readJsonInput } from './jsonInput.js';
import { lossesInTime } from './lossesInTime.js';

/** Read by the launcher: whether this run has compiled nearly everything that later runs need. */
export { hasLoadedSqlEngine } from '../core/database/index.js';

/**
 * `feature-backups hook claude [--project PATH] [--strict]`: backs up before Claude Code runs a tool, and prints
 * nothing, which leaves the decision to the user. If the backup fails, it reports that once; with strict set, it
 * blocks the tool, and also one that would delete or overwrite the store. Also backs up at the end of a session, and
 * reports lost features to the model at its start.
 */
export async function run(args: readonly string[]): Promise<number> {
  beforeSqlEngineCompiles(preferQuickStart);
  const event = parseHookEvent(await readJsonInput(INPUT_LIMITS));
  if (isProbe(ports)) return await reportProjects(placesOf(event, args));
  return isSessionEvent(event) ? await onSession(event, args) : await onTool(event, args);
}

/** Never blocks. Prints no failures, because no one reads the output at the end of a session; `status` reports them. */
async function onSession(event: SessionEvent, args: readonly string[]): Promise<number> {
  const places = placesOf(event, args);
  if (event.name === 'SessionStart') return reportLosses(await lossesInTime(async () => await findLosses(places)));
  await protect(places, AFTER_SESSION);
  return ALLOW;
}

async function onTool(event: ToolEvent | undefined, args: readonly string[]): Promise<number> {
  const trigger = event === undefined ? UNREADABLE : triggerForCall(event);
  const isRisky = event !== undefined && mayDamageStore(event);
  if (trigger === undefined && !isRisky) return ALLOW;
  const isStrictAlways = args.includes('--strict');
  const { projects, failures } = await protect(placesOf(event, args), trigger);
  const blocking = failures.find(({ isStrict }) => isStrict || isStrictAlways);
  if (blocking !== undefined) return blockCall(event, blocking.problem);
  if (isRisky) {
    const guarded = projects.filter(({ configuration }) => configuration.strict || isStrictAlways);
    const damage = guarded.map((project) => damageTo(project, event)).find((reason) => reason !== undefined);
    if (damage !== undefined) return blockDamage(event, damage);
  }
  const session = event?.session ?? '';
  const unreported = failures.filter(({ path, code }) => isUnreported({ path, code, session }, ports));
  return reportUnprotected(
    event,
    unreported.map(({ problem }) => problem),
  );
}

const ports = realPorts();

/** Used for an unreadable event: the tool may write anything. */
const UNREADABLE: CallTrigger = { reason: 'before_unknown_tool', tool: undefined, detail: undefined };

/** The same reason as the tap's. */
const AFTER_SESSION: CallTrigger = { reason: 'after_session', tool: undefined, detail: undefined };

/** An event contains the file that the tool writes. Claude Code sends it at once, but may leave the input open. */
const INPUT_LIMITS = { maxBytes: 64 * 1024 * 1024, timeoutMs: 5000 };

/** The bundles are in one folder. */
const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));

/**
 * The places to search for projects: what older settings name, where the tool and Claude Code run, and what the tool
 * writes.
 */
function placesOf(event: HookEvent | undefined, args: readonly string[]): readonly CallPlace[] {
  const { cwd = process.cwd() } = event ?? {};
  const { CLAUDE_PROJECT_DIR: started = '', PROJECT_DIR: served = '' } = process.env;
  const named = optionValue('--project', args);
  const written = event === undefined || isSessionEvent(event) ? undefined : writtenDatabase(event);
  const places: readonly (CallPlace | undefined)[] = [
    named === undefined ? undefined : { kind: 'named', path: resolve(cwd, named) },
    { kind: 'around', path: cwd },
    started === '' || started === cwd ? undefined : { kind: 'around', path: resolve(cwd, started) },
    served === '' ? undefined : { kind: 'at', path: resolve(cwd, served) },
    written === undefined ? undefined : { kind: 'around', path: dirname(resolve(cwd, written)) },
  ];
  return places.filter((place) => place !== undefined);
}

async function findLosses(places: readonly CallPlace[]): Promise<readonly string[]> {
  const { findLosses: find } = await import('./sessionStart.js');
  return await find(places);
}

async function reportProjects(places: readonly CallPlace[]): Promise<number> {
  const { projects, unopened } = await findCallProjects(places, ports);
  answerProbe(
    projects,
    unopened.map(({ error }) => error),
  );
  return ALLOW;
}

interface Failure {
  /** The project's folder. */
  readonly path: string;
  readonly code: string;
  /** A sentence. */
  readonly problem: string;
  readonly isStrict: boolean;
}

interface Protection {
  readonly projects: readonly Project[];
  readonly failures: readonly Failure[];
}

/** Backs up every project that the call may write. Without a trigger, only finds them. */
async function protect(places: readonly CallPlace[], trigger: CallTrigger | undefined): Promise<Protection> {
  const { projects, unopened } = await findCallProjects(places, ports);
  if (trigger === undefined) return { projects, failures: [] };
  const results = await Promise.all(projects.map((project) => backUpBefore(project, trigger)));
  const failures = [
    ...unopened.map(({ path, error, isStrict }) => ({ path, ...describeError(error), isStrict })),
    ...results.filter((failure) => failure !== undefined),
  ];
  return { projects, failures };
}

/** Undefined if the database is backed up, or does not exist. */
async function backUpBefore(project: Project, trigger: CallTrigger): Promise<Failure | undefined> {
  const failure = await withTimeout(TIMEOUT_MS, tryBackup(project, trigger));
  if (failure !== undefined) return { path: project.root, ...failure, isStrict: project.configuration.strict };
  forgetReported(project.root, ports);
  return undefined;
}

/** Longer than a backup waits for the store's lock, but shorter than Claude Code waits for the hook. */
const TIMEOUT_MS = 15_000;

type Problem = Pick<Failure, 'code' | 'problem'>;

async function tryBackup(project: Project, trigger: CallTrigger): Promise<Problem | undefined> {
  try {
    const outcome = await backUp(project, { source: 'agent-hook', ...trigger }, { ports, afterBackup });
    if (outcome.status !== 'damaged') return undefined;
    return { code: 'damaged', problem: `${project.databasePath} is damaged.` };
  } catch (error) {
    const isMissing = error instanceof BackupError && error.code === 'database-not-found';
    return isMissing ? undefined : describeError(error);
  }
}

function describeError(error: unknown): Problem {
  if (error instanceof BackupError) return { code: error.code, problem: problemSentence(error) };
  return { code: 'unexpected', problem: `unexpected error: ${String(error)}.` };
}

/** A command can contain the real path, or one with links. */
function damageTo(project: Project, event: ToolEvent): string | undefined {
  const real = (path: string): string => realPath(path, ports);
  const { root, storePath } = project;
  const { cwd = process.cwd() } = event;
  const home = ports.environment.HOME;
  return (
    storeDamageOf(event, { root, storePath, cwd, home }) ??
    storeDamageOf(event, { root: real(root), storePath: real(storePath), cwd: real(cwd), home })
  );
}

async function withTimeout(timeoutMs: number, work: Promise<Problem | undefined>): Promise<Problem | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const problem = `the backup took longer than ${timeoutMs / 1000} seconds.`;
  const timeout = new Promise<Problem>((resolve) => {
    timer = setTimeout(() => resolve({ code: 'time-limit', problem }), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function optionValue(name: string, args: readonly string[]): string | undefined {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args[at + 1];
}
