import type { ServiceSpec } from './serviceSpec.js';

/** A user unit for the watcher; see systemd.service(5), systemd.exec(5) and systemd.syntax(7). */
export function systemdUnit({ node, program, environment, environmentFile }: ServiceSpec): string {
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  const file = environmentFile === undefined || /[\r\n]/.test(environmentFile) ? [] : [environmentFile];
  return [
    '[Unit]',
    'Description=Feature Backups: backs up the feature databases of coding agents',
    '',
    '[Service]',
    `ExecStart=${executable(node)} ${argument(program)} watch`,
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

/** systemd accepts no quotes or backslashes in an executable's path, so a shell starts such an executable. */
function executable(path: string): string {
  return /["'\\\p{Cc}]/u.test(path) ? `/bin/sh -c "exec \\"$$@\\"" sh ${argument(path)}` : quoted(path);
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
