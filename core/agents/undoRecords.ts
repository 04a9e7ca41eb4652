import { dirname, join, sep } from 'node:path';
import { isRecord, parseJson, readPlainFile, replaceFile, uniqueToken, type Ports } from '../system/index.js';
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
  /** The hash of the text after connecting. Only a file that still matches is restored as a whole. */
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

  get(path: string): UndoRecord | undefined {
    return this.#records.get(path);
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

  remove(path: string): void {
    if (this.#records.delete(path)) this.#write();
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
  const records = readStoreStates(RECORDS_FILE, MAX_RECORDS_BYTES, ports).flatMap(parseRecords);
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
  const reason = failure instanceof Error ? failure.message : String(failure);
  return `Could not save the original settings, so disconnect will only remove what connect added: ${reason}`;
}
