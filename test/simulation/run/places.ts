import type { Ports } from '../../../core/system/ports.js';

export const ROOT = '/project';
export const DATABASE = `${ROOT}/features.db`;
export const STORE = `${ROOT}/.feature_backups`;
export const TARGET = '/target';
export const STATE = '/state';
export const DATA = '/data';

/** The user's own folders: records and vault. */
export const OWN_FOLDERS = [`${STATE}/`, `${DATA}/`];

/** Each machine has its own folders. They do not exist yet. */
export function environmentOn(hostname: string): Ports['environment'] {
  return { FEATURE_BACKUPS_STATE: stateFolderOn(hostname), FEATURE_BACKUPS_VAULT: dataFolderOn(hostname) };
}

export function stateFolderOn(hostname: string): string {
  return `${STATE}/${hostname}`;
}

export function dataFolderOn(hostname: string): string {
  return `${DATA}/${hostname}/vault`;
}
