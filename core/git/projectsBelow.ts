import { join } from 'node:path';
import {
  parseJson,
  recordOf,
  replaceFile,
  systemErrorCode,
  textsIn,
  uniqueToken,
  type Ports,
} from '../system/index.js';
import { hookFolder, readText } from './repository.js';
import type { Repository } from './repository.js';

/**
 * The folders of a work tree that look like projects, relative to it, `''` for the top. Bounded, for it runs before
 * every commit: three levels deep, 400 folders, the top ones first. A folder that has not been changed since it was last
 * read is not read again, so a large repository costs one look at each of these folders.
 */
export function findProjectFolders(repository: Repository, ports: Ports): readonly string[] {
  const known = readKnown(repository, ports);
  const seen = new Map<string, Folder>();
  const queue = [{ path: '', depth: 0 }];
  for (const { path, depth } of queue) {
    if (seen.size >= MAX_FOLDERS) break;
    const folder = inspectFolder(repository, path, known.get(path), ports);
    if (folder === undefined) continue;
    seen.set(path, folder);
    if (depth < MAX_DEPTH) queue.push(...folder.below.map((name) => ({ path: join(path, name), depth: depth + 1 })));
  }
  remember(repository, known, seen, ports);
  return [...seen].filter(([, folder]) => folder.isProject).map(([path]) => path);
}

const MAX_DEPTH = 3;
const MAX_FOLDERS = 400;

/** What a project's folder holds: a database where AutoForge puts it, backups, or a configuration that names it. */
const PROJECT_MARKS: ReadonlySet<string> = new Set([
  '.autoforge',
  '.autocoder',
  'features.db',
  '.feature_backups',
  '.feature-backups.json',
]);

interface Folder {
  /** Nanoseconds, decimal; empty where it is too young to be relied on. */
  readonly changedAt: string;
  readonly isProject: boolean;
  /** Names of the folders in it that are worth a look. */
  readonly below: readonly string[];
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
    // Another repository inside this one has hooks of its own.
    const isForeign = path !== '' && entries.some(({ name }) => name === '.git');
    const below = entries
      .filter((entry) => entry.isDirectory() && mayContainProjects(entry.name))
      .map(({ name }) => name);
    return {
      changedAt: isSettled(mtimeNs, ports) ? mtimeNs.toString() : '',
      isProject: !isForeign && entries.some(({ name }) => PROJECT_MARKS.has(name)),
      below: isForeign ? [] : below,
    };
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    // What it was still counts: opening the project tells what is wrong with it.
    if (known !== undefined) return known;
    // Folders of other users are ordinary in a work tree; anything else may hide a project.
    if (code !== 'EACCES') ports.onWarning?.(`the folder ${absolute} could not be searched for projects: ${code}`);
    return undefined;
  }
}

function mayContainProjects(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules';
}

/** A second change within one tick of the clock would leave the time as it was. */
function isSettled(mtimeNs: bigint, ports: Ports): boolean {
  return Number(mtimeNs / 1_000_000n) < ports.now().getTime() - 2000;
}

function readKnown(repository: Repository, ports: Ports): ReadonlyMap<string, Folder> {
  const json = parseJson(readText(memoryPath(repository), ports));
  const known = new Map<string, Folder>();
  for (const [path, folder] of Object.entries(recordOf(json))) {
    if (!Array.isArray(folder)) continue;
    const [changedAt, isProject, ...below] = folder as unknown[];
    if (typeof changedAt !== 'string' || changedAt === '') continue;
    known.set(path, {
      changedAt,
      isProject: isProject === true,
      below: textsIn(below),
    });
  }
  return known;
}

function remember(
  repository: Repository,
  known: ReadonlyMap<string, Folder>,
  seen: ReadonlyMap<string, Folder>,
  ports: Ports,
): void {
  const isSame = known.size === seen.size && [...seen].every(([path, folder]) => known.get(path) === folder);
  // A handful of folders is looked at in less time than the memory of them is read.
  if (isSame || seen.size < MIN_FOLDERS_TO_REMEMBER) return;
  const json = Object.fromEntries(
    [...seen].map(([path, { changedAt, isProject, below }]) => [path, [changedAt, isProject, ...below]]),
  );
  try {
    ports.files.mkdirSync(hookFolder(repository.gitFolder), { recursive: true });
    const path = memoryPath(repository);
    replaceFile(path, `${path}-${uniqueToken()}`, Buffer.from(JSON.stringify(json)), ports.files);
  } catch {
    // Only slower the next time.
  }
}

const MIN_FOLDERS_TO_REMEMBER = 20;

function memoryPath(repository: Repository): string {
  return join(hookFolder(repository.gitFolder), 'folders.json');
}
