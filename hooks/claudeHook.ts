import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { mayDamageStore, storeDamageOf, triggerForCall, type CallTrigger } from '../core/agents/index.js';
import { beforeSqlEngineCompiles } from '../core/database/index.js';
import { backUp, BackupError, openProject, type Project } from '../core/engine.js';
import { readInput, realPorts, visibleLines } from '../core/system/index.js';
import { startFollowUp } from '../core/followUp/index.js';
import { isStrictFolder, realPath } from '../core/project/index.js';
import { preferQuickStart } from '../launch/quickStart.js';
import { parseToolEvent, type ToolEvent } from './toolEvent.js';

/** Read by the launcher: whether this run has compiled nearly everything that later runs need. */
export { hasLoadedSqlEngine } from '../core/database/index.js';

/**
 * `feature-backups hook claude [--project PATH] [--strict]`: backs up before Claude Code runs a tool. Prints nothing and
 * exits with 0, which leaves the decision to the user. With strict set, prints the reason and exits with 2 if the backup
 * fails, or if the tool would delete or overwrite the store.
 */
export async function run(args: readonly string[]): Promise<number> {
  beforeSqlEngineCompiles(preferQuickStart);
  const event = parseToolEvent(readInput(MAX_INPUT_BYTES, realPorts().files).toString('utf8'));
  const trigger = event === undefined ? UNREADABLE : triggerForCall(event);
  const isRisky = event !== undefined && mayDamageStore(event);
  if (trigger === undefined && !isRisky) return ALLOW;
  const named = optionValue('--project', args) ?? process.env.CLAUDE_PROJECT_DIR;
  let isStrict = args.includes('--strict');
  let project: Project | undefined;
  const problem = await withTimeout(
    TIMEOUT_MS,
    backUpBefore(trigger, named, event?.cwd, (found) => {
      project = found;
      isStrict ||= found.configuration.strict;
    }),
  );
  if (problem === undefined) {
    const damage = isStrict && isRisky ? damageTo(project, event) : undefined;
    return damage === undefined ? ALLOW : block(damage);
  }
  isStrict ||= await isStrictFolder(named, { ports: realPorts(), cwd: event?.cwd ?? process.cwd() });
  if (!isStrict) return ALLOW;
  return block(`The feature database could not be backed up first: ${problem} Tell the user.`);
}

/** Used for an unreadable event: the tool may write anything. */
const UNREADABLE: CallTrigger = { reason: 'before_unknown_tool', tool: undefined, detail: undefined };

/** The bundles are in one folder. */
const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));

const ALLOW = 0;
/** The only exit code that stops Claude Code from running the tool. */
const BLOCK = 2;
const TIMEOUT_MS = 15_000;

/** The problem; undefined if the database is backed up, does not exist, or needs no backup. */
async function backUpBefore(
  trigger: CallTrigger | undefined,
  named: string | undefined,
  cwd: string | undefined,
  onProject: (project: Project) => void,
): Promise<string | undefined> {
  const ports = realPorts();
  try {
    const project = await openProject(named, { ports, cwd: cwd ?? process.cwd() });
    onProject(project);
    if (trigger === undefined) return undefined;
    const outcome = await backUp(project, { source: 'agent-hook', ...trigger }, { ports, afterBackup });
    return outcome.status === 'damaged' ? `${project.databasePath} is damaged.` : undefined;
  } catch (error) {
    if (trigger === undefined) return undefined;
    if (!(error instanceof BackupError)) return `unexpected error: ${String(error)}.`;
    if (error.code === 'database-not-found' || error.code === 'project-not-found') return undefined;
    return `${error.message.replace(/[.!?]?$/, '.')}${error.hint === undefined ? '' : ` ${error.hint}`}`;
  }
}

/** A command can name a path with or without the links in it. */
function damageTo(project: Project | undefined, event: ToolEvent): string | undefined {
  if (project === undefined) return undefined;
  const ports = realPorts();
  const real = (path: string): string => realPath(path, ports);
  const { root, storePath } = project;
  const { cwd = process.cwd() } = event;
  const home = ports.environment.HOME;
  return (
    storeDamageOf(event, { root, storePath, cwd, home }) ??
    storeDamageOf(event, { root: real(root), storePath: real(storePath), cwd: real(cwd), home })
  );
}

async function withTimeout(timeoutMs: number, work: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`the backup took longer than ${timeoutMs / 1000} seconds.`), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The event contains any file that the tool writes. */
const MAX_INPUT_BYTES = 64 * 1024 * 1024;

function optionValue(name: string, args: readonly string[]): string | undefined {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args[at + 1];
}

function block(reason: string): number {
  writeError(`The tool was not run. ${reason}`);
  return BLOCK;
}

function writeError(text: string): void {
  try {
    writeSync(2, `feature-backups: ${visibleLines(text)}\n`);
  } catch {
    // Standard error is closed; the exit code is enough.
  }
}
