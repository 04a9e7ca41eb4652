import { resolve } from 'node:path';
import { findRepository } from '../git/index.js';
import { isWithin, parseJson, type Ports } from '../system/index.js';
import { realPath } from '../project/index.js';
import { claudeStateFile } from './claudeScopes.js';
import { findServersIn, type ServerEntry } from './mcpSettings.js';
import { readForeignSettings } from './settingsFile.js';

/** A server that the user added to Claude Code. */
export interface UserServer {
  readonly scope: 'user' | 'local';
  readonly path: string;
  readonly server: ServerEntry;
  /** The only project that it serves; undefined if it may serve others as well. */
  readonly root: string | undefined;
}

/** The user's servers for a project. Their file is never edited, because Claude Code constantly rewrites it. */
export function findUserServers(root: string, ports: Ports, named?: string): readonly UserServer[] {
  const path = claudeStateFile(ports.environment);
  const text = path && readForeignSettings(path, ports);
  if (path === undefined || text === undefined || (named === undefined && !text.includes('feature'))) return [];
  // The file can be large, and contains no comments, so the faster JSON parser is used.
  const settings = parseJson(text);
  return placesOf(root, ports).flatMap(({ keys, scope, isOwn }) =>
    findServersIn(settings, [keys], named)
      .filter((server) => isOwn || mayServe(server, root))
      .map((server) => ({ scope, path, server, root: isOwn ? root : undefined })),
  );
}

interface Place {
  readonly scope: UserServer['scope'];
  readonly keys: readonly string[];
  /** Whether its servers serve only this project. */
  readonly isOwn: boolean;
}

/** Inside a repository, Claude Code stores the local servers of a folder under the root of the repository. */
function placesOf(root: string, ports: Ports): readonly Place[] {
  const own = withRealPath(root, ports);
  const workTree = findRepository(root, ports)?.workTree;
  const around = workTree === undefined ? [] : withRealPath(workTree, ports).filter((folder) => !own.includes(folder));
  return [
    ...own.map((folder) => ({ scope: 'local', keys: keysOf(folder), isOwn: true }) as const),
    ...around.map((folder) => ({ scope: 'local', keys: keysOf(folder), isOwn: false }) as const),
    { scope: 'user', keys: ['mcpServers'], isOwn: false },
  ];
}

function keysOf(folder: string): readonly string[] {
  return ['projects', folder, 'mcpServers'];
}

function withRealPath(folder: string, ports: Ports): readonly string[] {
  return [...new Set([folder, realPath(folder, ports)])];
}

/** False if the entry of a server that may serve several projects names another one. */
function mayServe({ folder }: ServerEntry, root: string): boolean {
  if (folder === undefined || folder.path.includes('${')) return true;
  const path = resolve(root, folder.path);
  return folder.source === 'cwd' ? isWithin(root, path) : path === root;
}
