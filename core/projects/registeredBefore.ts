import { join } from 'node:path';
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
 * Records the projects in AutoForge's registry. If a project later disappears from it, the user deleted it in AutoForge.
 * Never throws: without the record, a deleted project is only reported as lost.
 */
export function recordRegistered(folders: readonly string[], ports: Ports): void {
  try {
    const before = readRecorded(ports);
    const added = folders.map((folder) => realPath(folder, ports)).filter((folder) => !before.includes(folder));
    if (added.length === 0) return;
    const known = [...before, ...added].slice(-MAX_RECORDED);
    makeStateFolder(userStateFolder(ports.environment), ports);
    const content = Buffer.from(`${JSON.stringify({ format: 1, folders: known }, null, 2)}\n`);
    replacePrivate(recordPath(ports), content, ports);
  } catch {
    // The state folder is missing, unreadable or full.
  }
}

/** Whether this project has disappeared from AutoForge's registry. False if that is unknown. */
export async function isNoLongerRegistered(root: string, ports: Ports): Promise<boolean> {
  try {
    if (!readRecorded(ports).includes(root) || findRegistry(ports) === undefined) return false;
    const warnings: string[] = [];
    const listed = await readRegisteredProjects(ports, (warning) => warnings.push(warning));
    return warnings.length === 0 && !listed.some(({ path }) => path === root || realPath(path, ports) === root);
  } catch {
    return false;
  }
}

function readRecorded(ports: Ports): readonly string[] {
  const text = readSmallFile(recordPath(ports), MAX_RECORD_BYTES, ports.files)?.toString('utf8');
  return stringsIn(asRecord(parseJson(text)).folders);
}

function recordPath({ environment }: Ports): string {
  return join(userStateFolder(environment), 'registered-projects.json');
}

const MAX_RECORDED = 2000;
const MAX_RECORD_BYTES = 4 * 1024 * 1024;
