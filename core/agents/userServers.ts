import { resolve } from 'node:path';
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
}

/** The user's servers for a project, in a file that Claude Code rewrites all the time, so it is never edited here. */
export function findUserServers(
  root: string,
  ports: Pick<Ports, 'files' | 'environment'>,
  named?: string,
): readonly UserServer[] {
  const path = claudeStateFile(ports.environment);
  const text = path && readForeignSettings(path, ports);
  if (path === undefined || text === undefined || (named === undefined && !text.includes('feature'))) return [];
  // Without comments, and parsed faster than other settings, as it can be large.
  const settings = parseJson(text);
  const roots = [...new Set([root, realPath(root, ports)])];
  const ofProject = roots.map((folder) => ['projects', folder, 'mcpServers']);
  return [
    ...findServersIn(settings, ofProject, named).map((server) => ({ scope: 'local', path, server }) as const),
    ...findServersIn(settings, [['mcpServers']], named)
      .filter((server) => mayServe(server, root))
      .map((server) => ({ scope: 'user', path, server }) as const),
  ];
}

/** A server for all projects is left out if its entry names another one. */
function mayServe({ folder }: ServerEntry, root: string): boolean {
  if (folder === undefined || folder.path.includes('${')) return true;
  const path = resolve(root, folder.path);
  return folder.source === 'cwd' ? isWithin(root, path) : path === root;
}
