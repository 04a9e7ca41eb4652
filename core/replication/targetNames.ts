import { isToken } from '../system/index.js';
import { parseBackupName, TEMPORARY_PREFIX } from '../store/index.js';

/** The description of the project in its folder at a target. */
export const PROJECT_FILE = 'project.json';

/** Only characters that every target allows. */
const PORTABLE_ID = /^features_[A-Za-z0-9_-]{1,200}$/;

export function isPortableId(id: string): boolean {
  return PORTABLE_ID.test(id);
}

export function imageName(id: string): string {
  return `${id}.db.gz`;
}

export function metadataName(id: string): string {
  return `${id}.json`;
}

/** The backup of this compressed image; undefined for any other name. */
export function idOfImage(name: string): string | undefined {
  const parsed = parseBackupName(name);
  return parsed?.compressed === true && isPortableId(parsed.id) ? parsed.id : undefined;
}

/** Whether this is `project.json` or the metadata of a copy. */
export function isSmallFileName(name: string): boolean {
  return name === PROJECT_FILE || (name.endsWith('.json') && idOfImage(imageName(name.slice(0, -5))) !== undefined);
}

/** Whether this is a temporary file that an interrupted sync left behind. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX) && isToken(name.slice(TEMPORARY_PREFIX.length));
}
