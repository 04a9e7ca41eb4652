import { isToken } from '../system/index.js';
import { parseBackupName, TEMPORARY_PREFIX } from '../store/index.js';

/** What describes the project, in its folder at a target. */
export const PROJECT_FILE = 'project.json';

/** The names of everything at a target: those that every target can have, whatever it is. */
const PORTABLE_ID = /^features_[A-Za-z0-9_-]{1,200}$/;

export function isPortableId(id: string): boolean {
  return PORTABLE_ID.test(id);
}

/** `shop-front-1f2e3d4c`. Some are read from a target or a file, and become part of a path. */
export function isProjectKey(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,80}-[0-9a-f]{8}$/.test(value) && !value.startsWith('-');
}

export function imageName(id: string): string {
  return `${id}.db.gz`;
}

export function metadataName(id: string): string {
  return `${id}.json`;
}

/** The backup whose compressed image this is; undefined for every other name. */
export function idOfImage(name: string): string | undefined {
  const parsed = parseBackupName(name);
  return parsed?.compressed === true && isPortableId(parsed.id) ? parsed.id : undefined;
}

/** Whether this is `project.json` or the metadata of a copy. */
export function isSmallFileName(name: string): boolean {
  return name === PROJECT_FILE || (name.endsWith('.json') && idOfImage(imageName(name.slice(0, -5))) !== undefined);
}

/** Our own, from a run that was cut off; never anybody else's file. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX) && isToken(name.slice(TEMPORARY_PREFIX.length));
}
