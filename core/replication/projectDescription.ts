import { basename, relative, sep } from 'node:path';
import { parseJson, asRecord } from '../system/index.js';
import type { Project } from '../project/index.js';
import { isProjectKey } from '../projects/index.js';
import type { StoreIdentity } from './target.js';

/** The content of `project.json` at a target: the project that the copies belong to. */
export interface ProjectDescription {
  readonly key: string;
  /** The folder's name. */
  readonly name: string;
  readonly host: string;
  readonly root: string;
  /** The live database, relative to the project, with slashes. */
  readonly database: string;
}

export function describeProject({ root, databasePath }: Project, { key, host }: StoreIdentity): Buffer {
  const database = relative(root, databasePath).split(sep).join('/');
  const description = { format: 1, key, name: basename(root), host, root, database };
  return Buffer.from(`${JSON.stringify(description, null, 2)}\n`);
}

/** `key`: the folder's name; a key in the file is ignored. Missing and invalid values become empty. */
export function parseDescription(key: string, content: Buffer | undefined): ProjectDescription {
  const value = asRecord(parseJson(content?.toString('utf8')));
  const text = (entry: unknown): string => (typeof entry === 'string' ? entry : '');
  const name = text(value.name);
  return {
    key,
    name: name === '' ? key.replace(/-[0-9a-f]{8}$/, '') : name,
    host: text(value.host),
    root: text(value.root),
    database: text(value.database),
  };
}

export function keysAmong(folders: readonly string[]): readonly string[] {
  return folders.filter((name) => isProjectKey(name)).sort();
}
