import { FILE_WRITING_TOOLS, writtenFile, type ToolCall } from '../claudeTools.js';
import { damageByScript } from './damageByCommand.js';
import { quoteGlob } from './namePattern.js';
import { guardedPathsOf, relationOf, type StoreDamage } from './guardedPaths.js';

export interface GuardedStore {
  readonly root: string;
  readonly storePath: string;
  /** Where the tool runs. */
  readonly cwd: string;
  /** The user's home folder. */
  readonly home: string | undefined;
}

/**
 * Why a tool call must not run: it would delete, move or overwrite the store, or a part of it. Paths are compared as
 * they are, without links. A heuristic: undefined if the effect is uncertain, because stopping an agent for no reason
 * does more harm than losing backups of which the vault has copies.
 */
export function storeDamageOf({ toolName, toolInput }: ToolCall, store: GuardedStore): string | undefined {
  const { root, storePath, cwd, home } = store;
  const guarded = guardedPathsOf(root, storePath);
  if (FILE_WRITING_TOOLS.includes(toolName)) {
    const file = writtenFile(toolInput);
    if (file === undefined) return undefined;
    const relation = relationOf(quoteGlob(file.replaceAll('\\', '/')), { cwd, matchesDots: false }, guarded);
    return relation === 'inside' ? `It would write to the backups in ${storePath}. ${ASK}` : undefined;
  }
  const { command } = toolInput;
  if (!POSIX_TOOLS.includes(toolName) || typeof command !== 'string' || command.length > MAX_COMMAND_LENGTH)
    return undefined;
  const variables = new Map([['CLAUDE_PROJECT_DIR', quoteGlob(root)]]);
  if (home !== undefined) variables.set('HOME', quoteGlob(home));
  const state = { cwd, previous: undefined, variables, matchesDots: false, depth: 0 };
  const damage = damageByScript(command, state, guarded);
  return damage === undefined ? undefined : reasonFor(damage, storePath);
}

/** A cheap first check that needs no project: false if `storeDamageOf` would return undefined. */
export function mayDamageStore({ toolName, toolInput }: ToolCall): boolean {
  if (FILE_WRITING_TOOLS.includes(toolName)) return writtenFile(toolInput) !== undefined;
  return POSIX_TOOLS.includes(toolName) && typeof toolInput.command === 'string' && HINT.test(toolInput.command);
}

/** The tools whose command is for sh or bash. */
const POSIX_TOOLS: readonly string[] = ['Bash', 'Monitor'];

const HINT =
  />|\b(?:g?rm|srm|rimraf|trash|unlink|shred|g?mv|g?cp|install|ln|tee|sponge|truncate|dd|sed|perl|rsync|g?find|xargs|gzip|gunzip|bzip2|xz|zstd|git)\b/;

/** Far longer than any realistic command. */
const MAX_COMMAND_LENGTH = 128 * 1024;

const VERBS = { delete: 'delete', move: 'move away', overwrite: 'overwrite' } as const;

const ASK = 'If this is intended, ask the user to do it.';

function reasonFor({ effect, advice }: StoreDamage, storePath: string): string {
  const instead = advice === undefined ? '' : `${advice}. `;
  return `The command would ${VERBS[effect]} the backups in ${storePath}. ${instead}${ASK}`;
}
