import { dirname, join } from 'node:path';
import { isRecord, parseJson, readPlainFile, replaceFile, uniqueToken, type Ports } from '../system/index.js';
import { makeStateFolder, storeStateFolder } from '../project/index.js';
import type { ConnectionPlace } from './connection.js';

/** What a settings file was before it was connected, to put it back exactly. */
export interface UndoRecord {
  /** Absolute path of the settings file. */
  readonly path: string;
  /** Its text; null where there was no such file. */
  readonly before: string | null;
  /** Of the text that connecting left: only a file that still has it is put back as a whole. */
  readonly afterSha256: string;
  /** The folder was made for it. */
  readonly madeFolder: boolean;
}

/**
 * The undo records of one project, in the user's own state. Version 0.1.0 kept them in the store, where a clone can bring
 * them: those are neither read nor written. If the state cannot be used, no file is known.
 */
export class UndoRecords {
  readonly #path: string | undefined;
  readonly #records = new Map<string, UndoRecord>();
  #failure: unknown;
  #hasWarned = false;

  constructor(
    place: ConnectionPlace,
    private readonly ports: Ports,
  ) {
    try {
      this.#path = join(storeStateFolder(place, ports), 'connections.json');
      for (const record of readRecords(this.#path, ports)) this.#records.set(record.path, record);
    } catch (error) {
      this.#failure = error;
    }
  }

  of(path: string): UndoRecord | undefined {
    return this.#records.get(path);
  }

  /** Warns where the record cannot be kept: connecting works without it. */
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
    // A file that could not be read may hold records of other settings.
    if (this.#path === undefined || this.#failure !== undefined) return;
    try {
      writeRecords(this.#path, [...this.#records.values()], this.ports);
    } catch (error) {
      this.#failure = error;
    }
  }
}

/** Each of a handful of settings files has 4 MiB at most, and JSON escapes it. */
const MAX_RECORDS_BYTES = 64 * 1024 * 1024;

/** None where the file is damaged: the hook is then taken out by itself. */
function readRecords(path: string, { files }: Ports): readonly UndoRecord[] {
  const file = readPlainFile(path, MAX_RECORDS_BYTES, files);
  if (file.status !== 'read') return [];
  const value = parseJson(file.content.toString('utf8'));
  return Array.isArray(value) ? value.filter(isUndoRecord) : [];
}

/** Readable by its owner alone: settings may hold secrets. */
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
  return `The settings as they were could not be saved, so disconnect will only remove what connect added: ${reason}`;
}
