import { join } from 'node:path';
import { isRegistered } from '../projects/index.js';
import { kindAt, type Ports } from '../system/index.js';
import { CLAUDE_SETTINGS } from './claudeSettings.js';
import type { ConnectionScope } from './connection.js';
import { gitSharing } from './gitSharing.js';
import { readHooks } from './readConnections.js';

/**
 * The scope of the hook if the user chose none: `project` if AutoForge is used, because its agents read no other
 * settings; otherwise the scope that already has the hook; otherwise `local` if git would share the project's settings.
 */
export async function defaultScope(root: string, ports: Ports): Promise<ConnectionScope> {
  if (await usesAutoForge(root, ports)) return 'project';
  const [connected] = readHooks(root, ports);
  if (connected !== undefined) return connected.scope;
  return gitSharing(root, join(root, CLAUDE_SETTINGS), ports) === 'private' ? 'project' : 'local';
}

async function usesAutoForge(root: string, ports: Ports): Promise<boolean> {
  const hasFolder = ['.autoforge', '.autocoder'].some((name) => kindAt(join(root, name), ports) === 'folder');
  return hasFolder || (await isRegistered(root, ports));
}
