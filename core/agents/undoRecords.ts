import { dirname, join, sep } from 'node:path';
import { isRecord, parseJson, readPlainFile, replaceFile, sha256Of, uniqueToken, type Ports } from '../system/index.js';
import { makeStateFolder, readStoreStates, storeStateFolder } from '../project/index.js';
import { LOCAL_SETTINGS } from './claudeScopes.js';
import { CLAUDE_SETTINGS } from './claudeSettings.js';
import type { AgentProject, ConnectionKind } from './connection.js';
import { isMcpSettings, MCP_SETTINGS } from './mcpSettings.js';

/** The original of a settings file, to restore it exactly. */
export interface UndoRecord {
  /** Absolute path of the settings file. */
  readonly path: string;
  /** Null if the file did not exist. */
  readonly before: string | null;
  /** The hash of the text after connecting. Only a file that still matches is restored as it was. */
  readonly afterSha256: string;
  /** Whether its folder was created too. */
  readonly madeFolder: boolean;
}

/**
 * The undo records of one project, in the state folder. Version 0.1.0 kept them in the store, where a clone can plant
 * them, so those are ignored. Empty if the state folder cannot be used.
 */
export class UndoRecords {
  readonly #path: string | undefined;
  readonly #records = new Map<string, UndoRecord>();
  #failure: unknown;
  #hasWarned = false;

  constructor(
    project: AgentProject,
    private readonly ports: Ports,
  ) {
    try {
      this.#path = join(storeStateFolder(project, ports), RECORDS_FILE);
      for (const record of readRecords(this.#path, ports)) this.#records.set(record.path, record);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Without a record of this project, that of another, which connected the same user settings. */
  get(path: string): UndoRecord | undefined {
    return this.#records.get(path) ?? this.#ofOthers(path)[0];
  }

  /** The text to restore when our entries are removed from this text; undefined deletes the file. */
  originalOf(path: string, text: string, withoutOurs: string): string | undefined {
    const own = this.#records.get(path);
    const all = [...(own === undefined ? [] : [own]), ...this.#ofOthers(path)];
    const exact = all.find(({ before, afterSha256 }) => before !== null && afterSha256 === hashOf(text));
    if (exact !== undefined) return exact.before ?? undefined;
    return isEmptyObject(withoutOurs) && all.some(({ before }) => before === null) ? undefined : withoutOurs;
  }

  pathsOf(kind: ConnectionKind, root: string): readonly string[] {
    return [...this.#records.keys()].filter((path) => isMcpSettings(path, root) === (kind === 'mcp'));
  }

  /** A record that cannot be written is only a warning, because connecting works without it. */
  put(record: UndoRecord): void {
    this.#records.set(record.path, record);
    this.#write();
    if (this.#failure === undefined || this.#hasWarned) return;
    this.#hasWarned = true;
    this.ports.onWarning?.(notStored(this.#failure));
  }

  /** Also from the records of other projects, which would miss the entry otherwise. */
  remove(path: string): void {
    if (this.#records.delete(path)) this.#write();
    for (const other of this.#otherStores()) {
      const records = parseRecords(other.text);
      const kept = records.filter((record) => record.path !== path);
      if (kept.length < records.length) this.#writeOther(other.path, kept);
    }
  }

  #ofOthers(path: string): readonly UndoRecord[] {
    return this.#otherStores().flatMap(({ text }) => parseRecords(text).filter((record) => record.path === path));
  }

  #otherStores() {
    return readStoreStates(RECORDS_FILE, MAX_RECORDS_BYTES, this.ports).filter(({ path }) => path !== this.#path);
  }

  /** Only warns, because the settings themselves are changed already. */
  #writeOther(path: string, records: readonly UndoRecord[]): void {
    try {
      writeRecords(path, records, this.ports);
    } catch (error) {
      this.ports.onWarning?.(`Could not update ${path}, so another project reports a removed hook: ${reasonOf(error)}`);
    }
  }

  #write(): void {
    // Does not overwrite an unreadable file, which may contain records of other settings.
    if (this.#path === undefined || this.#failure !== undefined) return;
    try {
      writeRecords(this.#path, [...this.#records.values()], this.ports);
    } catch (error) {
      this.#failure = error;
    }
  }
}

const RECORDS_FILE = 'connections.json';

/** A few settings files of at most 4 MiB each, escaped as JSON. */
const MAX_RECORDS_BYTES = 64 * 1024 * 1024;

/** The settings files that `connect` changed for this project. */
export function connectedFiles(project: AgentProject, ports: Ports): readonly string[] {
  try {
    return readRecords(join(storeStateFolder(project, ports), RECORDS_FILE), ports).map(({ path }) => path);
  } catch {
    return [];
  }
}

/** The roots of all projects of this user whose settings `connect` changed. */
export function connectedRoots(ports: Ports): readonly string[] {
  const records = readStoreStates(RECORDS_FILE, MAX_RECORDS_BYTES, ports).flatMap(({ text }) => parseRecords(text));
  return [...new Set(records.flatMap(({ path }) => rootOf(path)))];
}

function rootOf(path: string): readonly string[] {
  const file = [CLAUDE_SETTINGS, LOCAL_SETTINGS, ...MCP_SETTINGS.map((settings) => settings.file)].find((name) =>
    path.endsWith(join(sep, name)),
  );
  return file === undefined ? [] : [path.slice(0, -join(sep, file).length)];
}

/** Empty if the file is damaged: disconnecting then only removes what connecting added. */
function readRecords(path: string, { files }: Ports): readonly UndoRecord[] {
  const file = readPlainFile(path, MAX_RECORDS_BYTES, files);
  if (file.status !== 'read') return [];
  return parseRecords(file.content.toString('utf8'));
}

function parseRecords(text: string): readonly UndoRecord[] {
  const value = parseJson(text);
  return Array.isArray(value) ? value.filter(isUndoRecord) : [];
}

/** Private, because settings may contain secrets. */
function writeRecords(path: string, records: readonly UndoRecord[], ports: Ports): void {
  makeStateFolder(dirname(path), ports);
  const content = Buffer.from(`${JSON.stringify(records, null, 2)}\n`);
  replaceFile(path, `${path}.${uniqueToken()}.tmp`, content, ports.files);
}

function isUndoRecord(value: unknown): value is UndoRecord {
  return (
    isRecord(value) &&
    typeof value.path === 'string' &&
    (value.before === null || typeof value.before === 'string') &&
    typeof value.afterSha256 === 'string' &&
    typeof value.madeFolder === 'boolean'
  );
}

function notStored(failure: unknown): string {
  return `Could not save the original settings, so disconnect will only remove what connect added: ${reasonOf(failure)}`;
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/** What remains of a created file if nothing of the user is in it. */
export function isEmptyObject(text: string): boolean {
  return /^\s*\{\s*\}\s*$/.test(text);
}

export function hashOf(text: string): string {
  return sha256Of(Buffer.from(text));
}
