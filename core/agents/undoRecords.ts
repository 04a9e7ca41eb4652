import { dirname, join } from 'node:path';
import { isRecord, parseJson, readPlainFile, replaceFile, uniqueToken, type Ports } from '../system/index.js';
import { makeStateFolder, storeStateFolder } from '../project/index.js';
import type { AgentProject } from './connection.js';

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
      this.#path = join(storeStateFolder(project, ports), 'connections.json');
      for (const record of readRecords(this.#path, ports)) this.#records.set(record.path, record);
    } catch (error) {
      this.#failure = error;
    }
  }

  get(path: string): UndoRecord | undefined {
    return this.#records.get(path);
  }

  /** Only warns if the record cannot be written, because connecting works without it. */
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
    // An unreadable file may contain records of other settings.
    if (this.#path === undefined || this.#failure !== undefined) return;
    try {
      writeRecords(this.#path, [...this.#records.values()], this.ports);
    } catch (error) {
      this.#failure = error;
    }
  }
}

/** A few settings files of at most 4 MiB each, escaped as JSON. */
const MAX_RECORDS_BYTES = 64 * 1024 * 1024;

/** The settings files that `connect` changed for this project. */
export function connectedFiles(project: AgentProject, ports: Ports): readonly string[] {
  try {
    return readRecords(join(storeStateFolder(project, ports), 'connections.json'), ports).map(({ path }) => path);
  } catch {
    return [];
  }
}

/** Empty if the file is damaged: disconnecting then only removes what connecting added. */
function readRecords(path: string, { files }: Ports): readonly UndoRecord[] {
  const file = readPlainFile(path, MAX_RECORDS_BYTES, files);
  if (file.status !== 'read') return [];
  const value = parseJson(file.content.toString('utf8'));
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
