import type { HealthAction } from '../../core/health/index.js';
import type { Backup } from '../../core/store/index.js';
import type { CommandName } from '../contributions.js';
import type { ProjectState } from './projectState.js';
import type { ShownProblem } from './shownProblem.js';

/** The commands that are possible now: those that help with the problem first, then general ones. */
export function actionsFor(
  problem: ShownProblem | undefined,
  project: ProjectState,
  isTrusted: boolean,
): readonly CommandName[] {
  const { overview } = project;
  const general: readonly CommandName[] = [
    'backUpNow',
    'restore',
    'restoreLastGood',
    ...(overview?.canUndo === true ? (['undoLastRestore'] as const) : []),
    ...(overview?.connections.length === 0 ? (['connectAgent'] as const) : []),
    'compareWithCurrent',
    'showBackups',
    'showTimeline',
    'openSettings',
    'showLog',
  ];
  const helpful = problem === undefined ? [] : helpfulCommands(problem, project, isTrusted);
  return [...new Set([...helpful, ...general.filter((name) => isPossible(name, project, isTrusted))])];
}

/** Only the commands that help with the problem, the most helpful first. */
export function helpfulCommands(
  { code, actions }: ShownProblem,
  project: ProjectState,
  isTrusted: boolean,
): readonly CommandName[] {
  // The log contains the cause.
  const commands =
    code === undefined ? (['showLog'] as const) : actions.flatMap((action) => COMMANDS_FOR[action] ?? []);
  return commands.filter((name) => isPossible(name, project, isTrusted));
}

/** The argument of the commands that are offered for a problem. */
export function targetOf(
  problem: ShownProblem | undefined,
  project: ProjectState,
): { readonly root: string; readonly id?: string | undefined } {
  const { root } = project;
  return problem?.code === 'database-shrunk' ? { root, id: backupBeforeLoss(project)?.id } : { root };
}

const COMMANDS_FOR: Readonly<Record<HealthAction, CommandName | undefined>> = {
  'accept-smaller-backlog': 'acceptShrinkage',
  'back-up': 'backUpNow',
  compare: 'compareWithCurrent',
  drill: 'drill',
  forget: undefined,
  'open-configuration': 'openConfiguration',
  restore: 'restore',
  'restore-from-vault': 'restoreFromVault',
  'restore-last-good': 'restoreLastGood',
  salvage: 'salvage',
  'start-over': 'startOver',
  sync: 'replicate',
  verify: 'verifyAll',
};

function isPossible(name: CommandName, project: ProjectState, isTrusted: boolean): boolean {
  if (!isTrusted && !READING.has(name)) return false;
  if (name === 'restoreFromVault') return project.deleted !== undefined;
  return !NEED_A_BACKUP.has(name) || hasBackups(project);
}

function hasBackups({ overview }: ProjectState): boolean {
  return overview?.backups.some(({ kind }) => kind === 'ordinary') === true;
}

/** The newest backup from before the loss, because newer backups may contain the shrunken backlog. */
function backupBeforeLoss({ overview }: ProjectState): Backup | undefined {
  const total = overview?.live?.counts?.total ?? 0;
  return overview?.backups.find(
    ({ kind, counts, metadata }) =>
      kind === 'ordinary' && metadata?.verified?.ok !== false && (counts.total ?? 0) > 2 * total,
  );
}

/** Possible in an untrusted workspace. */
const READING: ReadonlySet<CommandName> = new Set<CommandName>([
  'compareWithCurrent',
  'openConfiguration',
  'openSettings',
  'showBackups',
  'showLog',
  'showTimeline',
]);

const NEED_A_BACKUP: ReadonlySet<CommandName> = new Set<CommandName>([
  'compareWithCurrent',
  'drill',
  'restore',
  'restoreLastGood',
  'salvage',
  'showTimeline',
  'verifyAll',
]);
