import { join, resolve } from 'node:path';
import { makeStateFolder, realPath } from '../project/index.js';
import {
  asRecord,
  parseJson,
  readSmallFile,
  replacePrivate,
  stringsIn,
  userStateFolder,
  type Ports,
} from '../system/index.js';
import { findRegistry, readRegisteredProjects } from './registry.js';

/**
 * Remembers the projects that AutoForge's registry lists: one that it no longer lists was deleted in AutoForge. Never
 * throws, because without this memory a deleted project only stays a loss.
 */
export function rememberRegistered(folders: readonly string[], ports: Ports): void {
  try {
    const before = readRemembered(ports);
    const added = folders.map((folder) => realPath(folder, ports)).filter((folder) => !before.includes(folder));
    if (added.length === 0) return;
    const known = [...before, ...added].slice(-MAX_REMEMBERED);
    makeStateFolder(userStateFolder(ports.environment), ports);
    const content = Buffer.from(`${JSON.stringify({ format: 1, folders: known }, null, 2)}\n`);
    replacePrivate(memoryPath(ports), content, ports);
  } catch {
    // The state folder is missing, unreadable or full.
  }
}

/** Whether AutoForge's registry listed this project once, and does not any more. False if that is unknown. */
export async function isNoLongerRegistered(root: string, ports: Ports): Promise<boolean> {
  const unread: string[] = [];
  try {
    if (!readRemembered(ports).includes(root) || findRegistry(ports) === undefined) return false;
  } catch {
    return false;
  }
  const listed = await readRegisteredProjects(ports, (warning) => unread.push(warning));
  return unread.length === 0 && !listed.some(({ path }) => resolve(path) === root || realPath(path, ports) === root);
}

function readRemembered(ports: Ports): readonly string[] {
  const text = readSmallFile(memoryPath(ports), MAX_MEMORY_BYTES, ports.files)?.toString('utf8');
  return stringsIn(asRecord(parseJson(text)).folders);
}

function memoryPath({ environment }: Ports): string {
  return join(userStateFolder(environment), 'registered-projects.json');
}

const MAX_REMEMBERED = 2000;
const MAX_MEMORY_BYTES = 4 * 1024 * 1024;
