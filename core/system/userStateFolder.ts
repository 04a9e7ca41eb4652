import { isAbsolute, join } from 'node:path';
import { BackupError } from './errors.js';
import type { Ports } from './ports.js';

/**
 * The folder for what belongs to the user and not to one project: locks, open troubles, which workspaces are open.
 * It may not exist yet. `FEATURE_BACKUPS_STATE` names another. Throws `configuration` where the system names no home.
 */
export function userStateFolder(
  environment: Ports['environment'],
  platform: NodeJS.Platform = process.platform,
): string {
  const own = environment.FEATURE_BACKUPS_STATE;
  if (own !== undefined && isAbsolute(own)) return own;
  const base = stateBase(environment, platform);
  if (base !== undefined && isAbsolute(base)) return join(base, 'feature-backups');
  throw new BackupError('There is no folder for the state of Feature Backups', {
    code: 'configuration',
    operation: 'find the user’s state folder',
    hint: 'Set HOME, or FEATURE_BACKUPS_STATE to the absolute path of a folder.',
  });
}

/** The XDG Base Directory Specification's state folder, and what comes next to it on macOS and Windows. */
function stateBase(environment: Ports['environment'], platform: NodeJS.Platform): string | undefined {
  const { XDG_STATE_HOME: xdg, LOCALAPPDATA: local, HOME: home } = environment;
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  if (platform === 'win32') return local;
  if (home === undefined || home === '') return undefined;
  return platform === 'darwin' ? join(home, 'Library', 'Application Support') : join(home, '.local', 'state');
}
