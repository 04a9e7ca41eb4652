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

/** The user's servers for a project, in a file that Claude Code rewrites all the time, so it is never edited here. */
export function findUserServers(root: string, ports: Ports, named?: string): readonly UserServer[] {
  const path = claudeStateFile(ports.environment);
  const text = path && readForeignSettings(path, ports);
  if (path === undefined || text === undefined || (named === undefined && !text.includes('feature'))) return [];
  // Without comments, and parsed faster than other settings, as it can be large.
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

/** Claude Code keeps the servers of a folder in a repository for the whole repository. */
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

/** A server for several projects is left out if its entry names another one. */
function mayServe({ folder }: ServerEntry, root: string): boolean {
  if (folder === undefined || folder.path.includes('${')) return true;
  const path = resolve(root, folder.path);
  return folder.source === 'cwd' ? isWithin(root, path) : path === root;
}
