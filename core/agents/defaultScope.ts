import { join } from 'node:path';
import { isRegistered } from '../projects/index.js';
import { kindAt, type Ports } from '../system/index.js';
import { CLAUDE_SETTINGS } from './claudeSettings.js';
import type { ConnectionScope } from './connection.js';
import { gitSharing } from './gitSharing.js';
import { readHooks } from './readConnections.js';

/**
 * Where the hook belongs if the user chose no scope: in the project's settings if AutoForge is used, whose agents read no
 * others; else where it is already. Otherwise in personal settings if git would share the project's.
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
