import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { BackupError } from './errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's home folder; undefined if the environment names none. `realPorts` adds the account's. */
export function userHome(environment: Environment, platform: NodeJS.Platform = process.platform): string | undefined {
  return absolute(environment.SNAP_REAL_HOME) ?? absolute(environment[homeVariable(platform)]);
}

/** The folder in which all programs of the user keep their configuration. */
export function userConfigurationFolder(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  return userFolder(environment, platform, {
    xdg: environment.XDG_CONFIG_HOME,
    windows: environment.APPDATA,
    windowsDefault: 'AppData/Roaming',
    linuxDefault: '.config',
  });
}

/**
 * The folder for records of this product that belong to the user, not to a project. It may not exist yet.
 * `FEATURE_BACKUPS_STATE` overrides it. Throws `configuration` if the user has no home folder.
 */
export function userStateFolder(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  const own = absolute(environment.FEATURE_BACKUPS_STATE);
  if (own !== undefined) return own;
  const folder = userFolder(environment, platform, {
    xdg: environment.XDG_STATE_HOME,
    windows: environment.LOCALAPPDATA,
    windowsDefault: 'AppData/Local',
    linuxDefault: '.local/state',
  });
  if (folder !== undefined) return join(folder, 'feature-backups');
  throw new BackupError('Could not determine the state folder of Feature Backups', {
    code: 'configuration',
    operation: 'find the user’s state folder',
    hint: 'Set HOME, or FEATURE_BACKUPS_STATE to the absolute path of a folder.',
  });
}

/**
 * The folder for the vault: copies of the backups of all projects, outside these projects. It may not exist yet.
 * `FEATURE_BACKUPS_VAULT` overrides it. Undefined if the user has no home folder.
 */
export function userVaultFolder(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const own = absolute(environment.FEATURE_BACKUPS_VAULT);
  if (own !== undefined) return own;
  const folder = userFolder(environment, platform, {
    xdg: environment.XDG_DATA_HOME,
    windows: environment.LOCALAPPDATA,
    windowsDefault: 'AppData/Local',
    linuxDefault: '.local/share',
  });
  if (folder !== undefined) return join(folder, 'feature-backups', 'vault');
  const state = absolute(environment.FEATURE_BACKUPS_STATE);
  return state === undefined ? undefined : join(state, 'vault');
}

/** The environment variables with which another process of this user finds the same folders. */
export function folderVariables(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): Readonly<Record<string, string>> {
  const variables = {
    [homeVariable(platform)]: userHome(environment, platform),
    XDG_CONFIG_HOME: xdgFolder(environment, environment.XDG_CONFIG_HOME),
    XDG_STATE_HOME: xdgFolder(environment, environment.XDG_STATE_HOME),
    XDG_DATA_HOME: xdgFolder(environment, environment.XDG_DATA_HOME),
    FEATURE_BACKUPS_STATE: absolute(environment.FEATURE_BACKUPS_STATE),
    FEATURE_BACKUPS_VAULT: absolute(environment.FEATURE_BACKUPS_VAULT),
  };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Adds the account's home folder if the environment has none, as under cron, systemd and rc.local. */
export function withAccountHome(
  environment: Environment,
  accountHome: () => string | undefined = readAccountHome,
  platform: NodeJS.Platform = process.platform,
): Environment {
  if (userHome(environment, platform) !== undefined) return environment;
  const home = absolute(accountHome());
  return home === undefined ? environment : { ...environment, [homeVariable(platform)]: home };
}

function readAccountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    // The system has no account with this user id, as in some containers.
    return undefined;
  }
}

interface FolderCandidates {
  readonly xdg: string | undefined;
  readonly windows: string | undefined;
  readonly windowsDefault: string;
  readonly linuxDefault: string;
}

/** The XDG Base Directory Specification's folder, and its equivalents on macOS and Windows. */
function userFolder(
  environment: Environment,
  platform: NodeJS.Platform,
  candidates: FolderCandidates,
): string | undefined {
  const configured =
    xdgFolder(environment, candidates.xdg) ?? (platform === 'win32' ? absolute(candidates.windows) : undefined);
  if (configured !== undefined) return configured;
  const home = userHome(environment, platform);
  if (home === undefined) return undefined;
  if (platform === 'win32') return join(home, candidates.windowsDefault);
  return platform === 'darwin' ? join(home, 'Library', 'Application Support') : join(home, candidates.linuxDefault);
}

/** A snap sets XDG's variables to its own folders, which the user's other programs do not use. */
function xdgFolder({ SNAP_REAL_HOME: snap }: Environment, folder: string | undefined): string | undefined {
  return absolute(snap) === undefined ? absolute(folder) : undefined;
}

function homeVariable(platform: NodeJS.Platform): 'HOME' | 'USERPROFILE' {
  return platform === 'win32' ? 'USERPROFILE' : 'HOME';
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
