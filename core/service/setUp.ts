import { userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { BackupError, userStateFolder, type Ports } from '../system/index.js';
import { userConfigurationPath } from '../project/index.js';
import { LAUNCH_LABEL, launchAgent } from './launchAgent.js';
import { utf16 } from './mark.js';
import { scheduledTask, TASK_NAME } from './scheduledTask.js';
import { systemdUnit } from './systemdUnit.js';
import type { ServiceSetUp, ServiceSpec } from './serviceSpec.js';

const UNIT_NAME = 'feature-backups.service';

/** The programs that the service is to run. */
export type ServicePrograms = Pick<ServiceSpec, 'node' | 'program'>;

/**
 * How the watcher becomes a service of this user, on this system. Throws `configuration` where the system names no home,
 * where a path cannot be written into such a file, and for a program in a folder that will not stay.
 */
export function serviceSetUp(
  programs: ServicePrograms,
  ports: Ports,
  platform: NodeJS.Platform = process.platform,
): ServiceSetUp {
  refuseFleeting(programs.program);
  const { environment } = ports;
  switch (platform) {
    case 'win32':
      return taskSetUp(specOf(programs, undefined, { user: userOf(environment) }), ports);
    case 'darwin': {
      const home = homeOf(environment);
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
  const { XDG_CONFIG_HOME: xdg } = environment;
  const folder = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homeOf(environment), '.config');
  const reload = ['systemctl', '--user', 'daemon-reload'] as const;
  return {
    manager: 'systemd',
    path: join(folder, 'systemd', 'user', UNIT_NAME),
    content: Buffer.from(systemdUnit(spec)),
    // `restart`, for an older one may be running.
    enable: [reload, ['systemctl', '--user', 'enable', UNIT_NAME], ['systemctl', '--user', 'restart', UNIT_NAME]],
    disable: [['systemctl', '--user', 'disable', '--now', UNIT_NAME]],
    afterRemoval: [reload],
    advice:
      `Its log: journalctl --user -u ${UNIT_NAME}\n` +
      'It runs while you are logged in; "loginctl enable-linger" has it run from the start of the computer on.',
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
    advice: `Its log: ${spec.logPath ?? ''}`,
  };
}

function taskSetUp(spec: ServiceSpec, { environment }: Ports): ServiceSetUp {
  const path = join(userStateFolder(environment, 'win32'), 'watch-task.xml');
  return {
    manager: 'task-scheduler',
    path,
    content: utf16(scheduledTask(spec)),
    enable: [
      ['schtasks', '/Create', '/TN', TASK_NAME, '/XML', path, '/F'],
      ['schtasks', '/Run', '/TN', TASK_NAME],
    ],
    disable: [
      ['schtasks', '/End', '/TN', TASK_NAME],
      ['schtasks', '/Delete', '/TN', TASK_NAME, '/F'],
    ],
    afterRemoval: [],
    advice: `Its state: the task "${TASK_NAME}" in the Task Scheduler, which also shows when it ran.`,
  };
}

function specOf(
  programs: ServicePrograms,
  environment: Ports['environment'] | undefined,
  more: Partial<ServiceSpec>,
): ServiceSpec {
  return {
    ...programs,
    environment: environment === undefined ? {} : variablesOf(environment),
    environmentFile: undefined,
    logPath: undefined,
    user: undefined,
    ...more,
  };
}

/** So that the service finds rclone and SQLite where the user does, and the same configuration and state. */
const HANDED_ON = ['PATH', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'FEATURE_BACKUPS_STATE'];

function variablesOf(environment: Ports['environment']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    HANDED_ON.flatMap((name) => {
      const value = environment[name];
      return value === undefined || value === '' || /[\0\r\n]/.test(value) ? [] : [[name, value]];
    }),
  );
}

function userOf({ USERDOMAIN: domain, USERNAME: name }: Ports['environment']): string | undefined {
  if (name === undefined || name === '') return undefined;
  return domain === undefined || domain === '' ? name : `${domain}\\${name}`;
}

function homeOf({ HOME: home }: Ports['environment']): string {
  if (home !== undefined && isAbsolute(home)) return home;
  throw new BackupError('The system names no home folder, and so no place for a service', {
    code: 'configuration',
    operation: 'set up the service',
    hint: 'Set HOME to your home folder.',
  });
}

/** npx keeps what it runs in a cache, and clears it. */
function refuseFleeting(program: string): void {
  if (!/[/\\]_npx[/\\]/.test(program)) return;
  throw new BackupError('npx runs Feature Backups from a cache, which a service cannot count on', {
    code: 'configuration',
    operation: 'set up the service',
    path: program,
    hint: 'Install it for good (npm install --global feature-backups), and try again with that one.',
  });
}
