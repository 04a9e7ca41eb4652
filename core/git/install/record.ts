import { dirname, join } from 'node:path';
import { makeStateFolder, storeStateFolder } from '../../project/index.js';
import {
  BackupError,
  isRecord,
  kindAt,
  parseJson,
  readPlainFile,
  replaceFile,
  stringsIn,
  uniqueToken,
  type Ports,
} from '../../system/index.js';
import { hookFolder } from '../repository.js';
import type { Repository } from '../repository.js';
import { readStateIfPlain } from './fileState.js';
import { withoutOwnParts } from './ownParts.js';
import { HOOK_MANAGERS, type FileMove, type FileState, type HookManager, type HookPlacement } from './hookPlan.js';

/** The changes that an installation made, so its removal can restore every byte. */
export interface InstallRecord {
  readonly manager: HookManager;
  readonly moves: readonly FileMove[];
  readonly files: readonly RecordedFile[];
  /** Folders that were created; removed again if empty. */
  readonly folders: readonly string[];
}

/** A file before and after the installation; null if it did not exist. */
export interface RecordedFile {
  readonly path: string;
  readonly before: FileState | null;
  readonly after: FileState;
}

/** The record of version 0.1.0, which another user or an archive can forge. */
const OLD_RECORD_FILE = 'installed.json';

export const GIT_RECORD_FILE = 'git-hooks.json';

/** Up to five hooks and a configuration of 4 MiB each, before and after, in Base64. */
export const MAX_RECORD_BYTES = 128 * 1024 * 1024;

/** The record of all installations. For a file that was not edited in between, the oldest `before` is kept. */
export async function recordOf(
  known: InstallRecord | undefined,
  { manager, moves, changes }: Pick<HookPlacement, 'manager' | 'moves' | 'changes'>,
  ports: Ports,
): Promise<InstallRecord> {
  const files = new Map((known?.files ?? []).map((file) => [file.path, file]));
  for (const { path, before, after } of changes) {
    if (after === null) continue;
    const old = files.get(path);
    const isUntouched = old !== undefined && before !== null && old.after.content.equals(before.content);
    // The file may already contain lines of 0.1.0, whose record is not trusted.
    const own = before === null ? null : await withoutOwnParts(path, before, false);
    files.set(path, { path, before: isUntouched ? old.before : own, after });
  }
  const missing = changes.map(({ path }) => dirname(path)).filter((folder) => kindAt(folder, ports) === 'nothing');
  return {
    manager,
    moves: [...(known?.moves ?? []).filter(({ from }) => !moves.some((move) => move.from === from)), ...moves],
    files: [...files.values()],
    folders: [...new Set([...(known?.folders ?? []), ...missing])],
  };
}

/** Undefined if missing or unreadable. The installed lines are also found by their markers. */
export function readRecord(repository: Repository, ports: Ports): InstallRecord | undefined {
  const text = recordText(repository, ports);
  if (text === undefined) return undefined;
  const record = parseRecord(parseJson(text));
  if (record !== undefined) return record;
  const path = recordPath(repository, ports);
  throw new BackupError(`${path} is damaged`, {
    code: 'configuration',
    operation: 'read the record of installed hooks',
    path,
    hint: 'Move it away; the installed lines are also found by their markers.',
  });
}

/** The only trusted parts of a record of 0.1.0. */
export interface OldRecord {
  readonly manager: HookManager;
  readonly paths: readonly string[];
}

export function readOldRecord({ commonFolder }: Repository, ports: Ports): OldRecord | undefined {
  const file = readStateIfPlain(join(hookFolder(commonFolder), OLD_RECORD_FILE), ports);
  const record = file === null ? undefined : parseRecord(parseJson(file.content.toString('utf8')));
  if (record === undefined) return undefined;
  return { manager: record.manager, paths: record.files.map(({ path }) => path) };
}

/** Writes the record; null removes it. Only warns on failure, because the hooks work without it. */
export function writeRecord(repository: Repository, content: Buffer | null, ports: Ports): void {
  try {
    const path = recordPath(repository, ports);
    // An unreadable record is not replaced, because it may contain the original files.
    if (readPlainFile(path, MAX_RECORD_BYTES, ports.files).status === 'missing' && content === null) return;
    if (content === null) {
      ports.files.unlinkSync(path);
      return;
    }
    makeStateFolder(dirname(path), ports);
    // Private, because a hook may contain secrets.
    replaceFile(path, `${path}.${uniqueToken()}.tmp`, content, ports.files);
  } catch (error) {
    if (content !== null) ports.onWarning?.(notSaved(error));
  }
}

function notSaved(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `Could not save the original hooks, so uninstall will only remove the installed lines: ${reason}`;
}

/** In the state folder, one for all work trees of a repository. Throws `configuration` without a home. */
function recordPath({ commonFolder }: Repository, ports: Ports): string {
  const own = { root: dirname(commonFolder), storePath: hookFolder(commonFolder) };
  return join(storeStateFolder(own, ports), GIT_RECORD_FILE);
}

function recordText(repository: Repository, ports: Ports): string | undefined {
  try {
    const file = readPlainFile(recordPath(repository, ports), MAX_RECORD_BYTES, ports.files);
    return file.status === 'read' ? file.content.toString('utf8') : undefined;
  } catch {
    // Writing the record fails too, and warns.
    return undefined;
  }
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
  if (!isRecord(json) || !Array.isArray(json.files) || !Array.isArray(json.moves)) return undefined;
  const manager = HOOK_MANAGERS.find((name) => name === json.manager);
  const files = json.files.map(parseFile);
  const moves = json.moves.map(parseMove);
  if (manager === undefined || files.includes(undefined) || moves.includes(undefined)) return undefined;
  return {
    manager,
    files: files.filter((file) => file !== undefined),
    moves: moves.filter((move) => move !== undefined),
    folders: stringsIn(json.folders),
  };
}

function parseFile(json: unknown): RecordedFile | undefined {
  if (!isRecord(json) || typeof json.path !== 'string') return undefined;
  const before = json.before === null ? null : parseState(json.before);
  const after = parseState(json.after);
  return before === undefined || after === undefined ? undefined : { path: json.path, before, after };
}

function parseState(json: unknown): FileState | undefined {
  if (!isRecord(json) || typeof json.mode !== 'number' || typeof json.content !== 'string') return undefined;
  return { mode: json.mode, content: Buffer.from(json.content, 'base64') };
}

function parseMove(json: unknown): FileMove | undefined {
  if (!isRecord(json) || typeof json.from !== 'string' || typeof json.to !== 'string') return undefined;
  return { from: json.from, to: json.to };
}
