import { basename } from 'node:path';
import { randomHex, systemOf, type Ports } from '../system/index.js';

/** A new name for the project's folder at targets or in the vault: `shop-front-1f2e3d4c`. */
export function newProjectKey(root: string, ports: Pick<Ports, 'system'>): string {
  return `${portableName(root)}-${randomHex(8, systemOf(ports))}`;
}

/** Keys that were read from a file, a target or the vault become part of a path, so they are checked. */
export function isProjectKey(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,80}-[0-9a-f]{8}$/.test(value) && !value.startsWith('-');
}

/** The folder's name with only characters that every system and target allows. */
export function portableName(root: string): string {
  const name = basename(root)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_NAME_LENGTH);
  return name === '' ? 'project' : name;
}

const MAX_NAME_LENGTH = 60;
