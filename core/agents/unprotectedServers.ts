import { dirname, join, resolve } from 'node:path';
import { AUTOFORGE_DATABASE_PATHS } from '../project/index.js';
import { kindAt, type Ports } from '../system/index.js';
import type { AgentProject } from './connection.js';
import type { ServerEntry } from './mcpSettings.js';

/** Warns of servers whose folder has no feature database. `file`: the settings, relative to the project. */
export function warnOfUnprotected(
  file: string,
  servers: readonly ServerEntry[],
  { root, databasePath }: AgentProject,
  ports: Pick<Ports, 'files'>,
): readonly string[] {
  return servers.flatMap(({ name, folder }) => {
    const place = resolve(root, folder?.path.replaceAll('${workspaceFolder}', root) ?? '');
    // Only the client can expand its other variables.
    if (place.includes('${') || (place === root && databasePath !== undefined)) return [];
    if (hasDatabase(place, ports) || (folder?.source === 'cwd' && hasDatabaseAbove(place, ports))) return [];
    const source = folder === undefined ? '' : ` (its ${folder.source})`;
    return [
      `The server "${name}" in ${file} works in ${place}${source}, which has no feature database, so nothing is backed up`,
    ];
  });
}

function hasDatabase(folder: string, ports: Pick<Ports, 'files'>): boolean {
  return AUTOFORGE_DATABASE_PATHS.some((path) => kindAt(join(folder, path), ports) !== 'nothing');
}

function hasDatabaseAbove(folder: string, ports: Pick<Ports, 'files'>): boolean {
  const parent = dirname(folder);
  return parent !== folder && (hasDatabase(parent, ports) || hasDatabaseAbove(parent, ports));
}
