import { join } from 'node:path';
import { isNotFound } from '../errors.js';
import { replaceFile, writeNewFile } from '../files/atomicWrite.js';
import { uniqueToken } from '../files/uniqueToken.js';
import type { FileSystem } from '../ports.js';
import { isRecord } from './jsonText.js';

/** What a settings file was before it was connected, so that it can be put back exactly. */
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

/** Those of a project; none where the file is missing or unreadable, for then the hook is taken out by itself. */
export function readUndoRecords(storePath: string, files: FileSystem): readonly UndoRecord[] {
  try {
    const value: unknown = JSON.parse(files.readFileSync(join(storePath, RECORDS_FILE), 'utf8'));
    return Array.isArray(value) ? value.filter(isUndoRecord) : [];
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError) return [];
    throw error;
  }
}

/** In the store, readable by its owner alone: settings may hold secrets. */
export function writeUndoRecords(storePath: string, records: readonly UndoRecord[], files: FileSystem): void {
  const path = join(storePath, RECORDS_FILE);
  if (records.length === 0) {
    removeIfThere(path, files);
    return;
  }
  makeStore(storePath, files);
  const content = Buffer.from(`${JSON.stringify(records, null, 2)}\n`);
  replaceFile(path, `${path}.${uniqueToken()}.tmp`, content, files);
}

const RECORDS_FILE = 'connections.json';

function isUndoRecord(value: unknown): value is UndoRecord {
  return (
    isRecord(value) &&
    typeof value.path === 'string' &&
    (value.before === null || typeof value.before === 'string') &&
    typeof value.afterSha256 === 'string' &&
    typeof value.madeFolder === 'boolean'
  );
}

/** A store that is made here is kept out of version control as every other. */
function makeStore(storePath: string, files: FileSystem): void {
  if (files.lstatSync(storePath, { throwIfNoEntry: false }) !== undefined) return;
  files.mkdirSync(storePath, { recursive: true, mode: 0o700 });
  writeNewFile(join(storePath, '.gitignore'), Buffer.from('*\n'), files);
}

function removeIfThere(path: string, files: FileSystem): void {
  try {
    files.unlinkSync(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
