import { join } from 'node:path';
import {
  parseJson,
  asRecord,
  replaceFile,
  systemErrorCode,
  stringsIn,
  uniqueToken,
  type Ports,
} from '../system/index.js';
import { hookFolder, readText } from './repository.js';
import type { Repository } from './repository.js';

/**
 * The folders of a work tree that may be projects, relative to it, `''` for the top. It runs before every commit, so it
 * reads at most three levels and 400 folders, the top levels first. An unchanged folder is not read again.
 */
export function findProjectFolders(repository: Repository, ports: Ports): readonly string[] {
  const known = readCache(repository, ports);
  const seen = new Map<string, Folder>();
  const queue = [{ path: '', depth: 0 }];
  for (const { path, depth } of queue) {
    if (seen.size >= MAX_FOLDERS) break;
    const folder = inspectFolder(repository, path, known.get(path), ports);
    if (folder === undefined) continue;
    seen.set(path, folder);
    if (depth < MAX_DEPTH)
      queue.push(...folder.subfolders.map((name) => ({ path: join(path, name), depth: depth + 1 })));
  }
  writeCache(repository, known, seen, ports);
  return [...seen].filter(([, folder]) => folder.isProject).map(([path]) => path);
}

const MAX_DEPTH = 3;
const MAX_FOLDERS = 400;

/** A project's folder contains AutoForge's folder, a database, backups or a configuration. */
const PROJECT_ENTRIES: ReadonlySet<string> = new Set([
  '.autoforge',
  '.autocoder',
  'features.db',
  '.feature_backups',
  '.feature-backups.json',
]);

interface Folder {
  /** Nanoseconds, decimal; empty if too recent to be reliable. */
  readonly changedAt: string;
  readonly isProject: boolean;
  /** Names of the folders in it that may contain projects. */
  readonly subfolders: readonly string[];
}

function inspectFolder(
  { workTree }: Repository,
  path: string,
  known: Folder | undefined,
  ports: Ports,
): Folder | undefined {
  const absolute = join(workTree, path);
  try {
    const { mtimeNs } = ports.files.statSync(absolute, { bigint: true });
    if (known?.changedAt === mtimeNs.toString()) return known;
    const entries = ports.files.readdirSync(absolute, { withFileTypes: true });
    // A nested repository has its own hooks.
    const isNestedRepository = path !== '' && entries.some(({ name }) => name === '.git');
    const subfolders = entries
      .filter((entry) => entry.isDirectory() && mayContainProjects(entry.name))
      .map(({ name }) => name);
    return {
      changedAt: isReliable(mtimeNs, ports) ? mtimeNs.toString() : '',
      isProject: !isNestedRepository && entries.some(({ name }) => PROJECT_ENTRIES.has(name)),
      subfolders: isNestedRepository ? [] : subfolders,
    };
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    // Keep the cached result; opening the project reports the error.
    if (known !== undefined) return known;
    // Folders of other users are normal in a work tree; any other error may hide a project.
    if (code !== 'EACCES') ports.onWarning?.(`could not search ${absolute} for projects: ${code}`);
    return undefined;
  }
}

function mayContainProjects(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules';
}

/** A second change within one tick of the clock would not change the time. */
function isReliable(mtimeNs: bigint, ports: Ports): boolean {
  return Number(mtimeNs / 1_000_000n) < ports.now().getTime() - 2000;
}

function readCache(repository: Repository, ports: Ports): ReadonlyMap<string, Folder> {
  const json = parseJson(readText(cachePath(repository), ports));
  const known = new Map<string, Folder>();
  for (const [path, folder] of Object.entries(asRecord(json))) {
    if (!Array.isArray(folder)) continue;
    const [changedAt, isProject, ...subfolders] = folder as unknown[];
    if (typeof changedAt !== 'string' || changedAt === '') continue;
    known.set(path, {
      changedAt,
      isProject: isProject === true,
      subfolders: stringsIn(subfolders),
    });
  }
  return known;
}

function writeCache(
  repository: Repository,
  known: ReadonlyMap<string, Folder>,
  seen: ReadonlyMap<string, Folder>,
  ports: Ports,
): void {
  const isSame = known.size === seen.size && [...seen].every(([path, folder]) => known.get(path) === folder);
  // For few folders, reading the cache takes longer than reading the folders.
  if (isSame || seen.size < MIN_FOLDERS_TO_CACHE) return;
  const json = Object.fromEntries(
    [...seen].map(([path, { changedAt, isProject, subfolders }]) => [path, [changedAt, isProject, ...subfolders]]),
  );
  try {
    ports.files.mkdirSync(hookFolder(repository.gitFolder), { recursive: true });
    const path = cachePath(repository);
    replaceFile(path, `${path}-${uniqueToken()}`, Buffer.from(JSON.stringify(json)), ports.files);
  } catch {
    // Without the cache, the next run is only slower.
  }
}

const MIN_FOLDERS_TO_CACHE = 20;

function cachePath(repository: Repository): string {
  return join(hookFolder(repository.gitFolder), 'folders.json');
}
