import { dirname, join } from 'node:path';
import { BackupError } from '../../errors.js';
import { kindOf } from '../../project/pathKind.js';
import type { Ports } from '../../ports.js';
import { isObject, parseJson, textsIn } from '../parseJson.js';
import { hookFolder, readText } from '../repository.js';
import type { Repository } from '../types.js';
import { HOOK_MANAGERS, type FileMove, type FileState, type HookManager, type HookPlacement } from './types.js';

/** What an installation has changed, so that its removal can leave every byte as it was. */
export interface InstallRecord {
  readonly manager: HookManager;
  readonly moves: readonly FileMove[];
  readonly files: readonly RecordedFile[];
  /** Folders that were made for them; removed again if nobody else has put anything there. */
  readonly folders: readonly string[];
}

/** A file before and after; null where there was none. */
export interface RecordedFile {
  readonly path: string;
  readonly before: FileState | null;
  readonly after: FileState;
}

export const RECORD_FILE = 'installed.json';

/** The record of all that was ever installed here: the oldest "before" of a file that is still as we left it counts. */
export function recordOf(
  known: InstallRecord | undefined,
  { manager, moves, changes }: Pick<HookPlacement, 'manager' | 'moves' | 'changes'>,
  ports: Ports,
): InstallRecord {
  const files = new Map((known?.files ?? []).map((file) => [file.path, file]));
  for (const { path, before, after } of changes) {
    if (after === null) continue;
    const old = files.get(path);
    const isUntouched = old !== undefined && before !== null && old.after.content.equals(before.content);
    files.set(path, { path, before: isUntouched ? old.before : before, after });
  }
  const missing = changes.map(({ path }) => dirname(path)).filter((folder) => kindOf(folder, ports) === 'nothing');
  return {
    manager,
    moves: [...(known?.moves ?? []).filter(({ from }) => !moves.some((move) => move.from === from)), ...moves],
    files: [...files.values()],
    folders: [...new Set([...(known?.folders ?? []), ...missing])],
  };
}

export function readRecord({ commonFolder }: Repository, ports: Ports): InstallRecord | undefined {
  const path = join(hookFolder(commonFolder), RECORD_FILE);
  const text = readText(path, ports);
  if (text === undefined) return undefined;
  const record = parseRecord(parseJson(text));
  if (record !== undefined) return record;
  throw new BackupError(`${path} cannot be understood`, {
    code: 'configuration',
    operation: 'read what was installed',
    path,
    hint: 'Move it away: the installed lines are marked, and are found without it.',
  });
}

export function formatRecord({ manager, moves, files, folders }: InstallRecord): string {
  const json = {
    format: 1,
    manager,
    moves,
    folders,
    files: files.map(({ path, before, after }) => ({ path, before: pack(before), after: pack(after) })),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function pack(state: FileState | null): unknown {
  return state === null ? null : { mode: state.mode, content: state.content.toString('base64') };
}

function parseRecord(json: unknown): InstallRecord | undefined {
  if (!isObject(json) || !Array.isArray(json.files) || !Array.isArray(json.moves)) return undefined;
  const manager = HOOK_MANAGERS.find((name) => name === json.manager);
  const files = json.files.map(parseFile);
  const moves = json.moves.map(parseMove);
  if (manager === undefined || files.includes(undefined) || moves.includes(undefined)) return undefined;
  return {
    manager,
    files: files.filter((file) => file !== undefined),
    moves: moves.filter((move) => move !== undefined),
    folders: textsIn(json.folders),
  };
}

function parseFile(json: unknown): RecordedFile | undefined {
  if (!isObject(json) || typeof json.path !== 'string') return undefined;
  const before = json.before === null ? null : parseState(json.before);
  const after = parseState(json.after);
  return before === undefined || after === undefined ? undefined : { path: json.path, before, after };
}

function parseState(json: unknown): FileState | undefined {
  if (!isObject(json) || typeof json.mode !== 'number' || typeof json.content !== 'string') return undefined;
  return { mode: json.mode, content: Buffer.from(json.content, 'base64') };
}

function parseMove(json: unknown): FileMove | undefined {
  if (!isObject(json) || typeof json.from !== 'string' || typeof json.to !== 'string') return undefined;
  return { from: json.from, to: json.to };
}
