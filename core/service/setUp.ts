import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import {
  BackupError,
  folderVariables,
  userConfigurationFolder,
  userHome,
  userStateFolder,
  type Ports,
} from '../system/index.js';
import { userConfigurationPath } from '../project/index.js';
import { LAUNCH_LABEL, launchAgent } from './launchAgent.js';
import { encodeUtf16 } from './mark.js';
import { scheduledTask, TASK_NAME } from './scheduledTask.js';
import { systemdUnit } from './systemdUnit.js';
import type { ServiceSetUp, ServiceSpec } from './serviceSpec.js';

const UNIT_NAME = 'feature-backups.service';

export type ServicePrograms = Pick<ServiceSpec, 'node' | 'program' | 'launcher'>;

/**
 * How to install the watcher as a service of this user. Throws `configuration` without a home folder, for a path that
 * the service file cannot contain, and for a program in a temporary folder.
 */
export function serviceSetUp(
  programs: ServicePrograms,
  ports: Ports,
  platform: NodeJS.Platform = process.platform,
): ServiceSetUp {
  refuseTemporary(programs.program);
  const { environment } = ports;
  switch (platform) {
    case 'win32':
      return taskSetUp(specOf(programs, undefined, { user: userOf(environment) }), ports);
    case 'darwin': {
      const home = requireFolder(userHome(environment, platform));
      const logPath = join(home, 'Library', 'Logs', 'feature-backups.log');
      return launchSetUp(specOf(programs, environment, { logPath }), home);
    }
    default: {
      const configuration = userConfigurationPath(environment, platform);
      const environmentFile = configuration === undefined ? undefined : join(dirname(configuration), 'environment');
      return systemdSetUp(specOf(programs, environment, { environmentFile }), environment);
    }
  }
}

function systemdSetUp(spec: ServiceSpec, environment: Ports['environment']): ServiceSetUp {
  const folder = requireFolder(userConfigurationFolder(environment, 'linux'));
  const reload = ['systemctl', '--user', 'daemon-reload'] as const;
  return {
    manager: 'systemd',
    path: join(folder, 'systemd', 'user', UNIT_NAME),
    content: Buffer.from(systemdUnit(spec)),
    // `restart`, because an older version may be running.
    enable: [reload, ['systemctl', '--user', 'enable', UNIT_NAME], ['systemctl', '--user', 'restart', UNIT_NAME]],
    disable: [['systemctl', '--user', 'disable', '--now', UNIT_NAME]],
    afterRemoval: [reload],
    advice:
      `Log: journalctl --user -u ${UNIT_NAME}\n` +
      'It runs while you are logged in. To start it at boot: loginctl enable-linger',
  };
}

function launchSetUp(spec: ServiceSpec, home: string): ServiceSetUp {
  const path = join(home, 'Library', 'LaunchAgents', `${LAUNCH_LABEL}.plist`);
  const domain = `gui/${userInfo().uid.toString()}`;
  const stop = ['launchctl', 'bootout', `${domain}/${LAUNCH_LABEL}`] as const;
  return {
    manager: 'launchd',
    path,
    content: Buffer.from(launchAgent(spec)),
    enable: [['launchctl', 'bootstrap', domain, path]],
    disable: [stop],
    afterRemoval: [],
    advice: `Log: ${spec.logPath ?? ''}`,
  };
}

function taskSetUp(spec: ServiceSpec, { environment }: Ports): ServiceSetUp {
  const path = join(userStateFolder(environment, 'win32'), 'watch-task.xml');
  return {
    manager: 'task-scheduler',
    path,
    content: encodeUtf16(scheduledTask(spec)),
    enable: [
      ['schtasks', '/Create', '/TN', TASK_NAME, '/XML', path, '/F'],
      ['schtasks', '/Run', '/TN', TASK_NAME],
    ],
    disable: [
      ['schtasks', '/End', '/TN', TASK_NAME],
      ['schtasks', '/Delete', '/TN', TASK_NAME, '/F'],
    ],
    afterRemoval: [],
    advice: `State and last run: see "${TASK_NAME}" in the Task Scheduler.`,
  };
}

function specOf(
  programs: ServicePrograms,
  environment: Ports['environment'] | undefined,
  overrides: Partial<ServiceSpec>,
): ServiceSpec {
  return {
    ...programs,
    environment: environment === undefined ? {} : variablesOf(environment),
    environmentFile: undefined,
    logPath: undefined,
    user: undefined,
    ...overrides,
  };
}

/** The service must find the same programs, configuration and state as the user. */
function variablesOf(environment: Ports['environment']): Readonly<Record<string, string>> {
  const variables = Object.entries({ PATH: environment.PATH ?? '', ...folderVariables(environment) });
  return Object.fromEntries(variables.filter(([, value]) => value !== '' && !/[\0\r\n]/.test(value)));
}

function userOf({ USERDOMAIN: domain, USERNAME: name }: Ports['environment']): string | undefined {
  if (name === undefined || name === '') return undefined;
  return domain === undefined || domain === '' ? name : `${domain}\\${name}`;
}

function requireFolder(folder: string | undefined): string {
  if (folder !== undefined) return folder;
  throw new BackupError('Cannot install a service without a home folder', {
    code: 'configuration',
    operation: 'set up the service',
    hint: 'Set HOME to your home folder.',
  });
}

/** npx runs programs from a cache that it clears. */
function refuseTemporary(program: string): void {
  if (!/[/\\]_npx[/\\]/.test(program)) return;
  throw new BackupError('A service cannot run Feature Backups from the npx cache, which npx may clear', {
    code: 'configuration',
    operation: 'set up the service',
    path: program,
    hint: 'Install Feature Backups (npm install --global feature-backups), and try again.',
  });
}
