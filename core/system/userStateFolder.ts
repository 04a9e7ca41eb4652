import { isAbsolute, join } from 'node:path';
import { BackupError } from './errors.js';
import type { Ports } from './ports.js';

/**
 * The user's folder for records that must not come from a project, such as open incidents and workspaces. It may not exist
 * yet. `FEATURE_BACKUPS_STATE` overrides it. Throws `configuration` without a home.
 */
export function userStateFolder(
  environment: Ports['environment'],
  platform: NodeJS.Platform = process.platform,
): string {
  const own = environment.FEATURE_BACKUPS_STATE;
  if (own !== undefined && isAbsolute(own)) return own;
  const base = stateBase(environment, platform);
  if (base !== undefined && isAbsolute(base)) return join(base, 'feature-backups');
  throw new BackupError('Could not determine the state folder', {
    code: 'configuration',
    operation: 'find the state folder',
    hint: 'Set HOME, or FEATURE_BACKUPS_STATE to the absolute path of a folder.',
  });
}

/** The state folder of the XDG Base Directory Specification, and its equivalents on macOS and Windows. */
function stateBase(environment: Ports['environment'], platform: NodeJS.Platform): string | undefined {
  const { XDG_STATE_HOME: xdg, LOCALAPPDATA: local, HOME: home } = environment;
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  if (platform === 'win32') return local;
  if (home === undefined || home === '') return undefined;
  return platform === 'darwin' ? join(home, 'Library', 'Application Support') : join(home, '.local', 'state');
}
