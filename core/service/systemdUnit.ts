import type { ServiceSpec } from './serviceSpec.js';

/** A user unit for the watcher; see systemd.service(5), systemd.exec(5) and systemd.syntax(7). */
export function systemdUnit({ node, program, launcher, environment, environmentFile }: ServiceSpec): string {
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  const file = environmentFile === undefined || /[\r\n]/.test(environmentFile) ? [] : [environmentFile];
  return [
    '[Unit]',
    'Description=Feature Backups: backs up the feature databases of coding agents',
    '',
    '[Service]',
    `ExecStart=/bin/sh ${[launcher, node, program].map(argument).join(' ')} watch`,
    ...variables,
    // For secrets such as passwords, as NAME=value; mode 0600.
    ...file.map((path) => `EnvironmentFile=-${path.replaceAll('%', '%%')}`),
    // If another watcher is running in a terminal, the service takes over when that one exits.
    'Restart=on-failure',
    'RestartSec=30',
    // Exit code 2: an invalid configuration, which a restart does not repair.
    'RestartPreventExitStatus=2',
    // SIGTERM goes to the watcher only, which lets its child processes finish.
    'KillMode=mixed',
    'TimeoutStopSec=30',
    'Nice=5',
    // Other sandbox options need privileges that a user manager lacks, or break Node’s JIT compiler.
    'NoNewPrivileges=yes',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'SystemCallArchitectures=native',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
}

/** With C escapes; `%` starts a specifier. */
function quoted(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll('%', '%%');
  return `"${escaped}"`;
}

/** `$` starts a variable in arguments only. */
function argument(text: string): string {
  return quoted(text.replaceAll('$', '$$$$'));
}
