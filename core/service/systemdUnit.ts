import type { ServiceSpec } from './serviceSpec.js';

/** A user unit for the watcher; see systemd.service(5), systemd.exec(5) and systemd.syntax(7). */
export function systemdUnit({ node, program, environment, environmentFile }: ServiceSpec): string {
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  const file = environmentFile === undefined || /[\r\n]/.test(environmentFile) ? [] : [environmentFile];
  return [
    '[Unit]',
    'Description=Feature Backups: verified copies of what coding agents work on',
    '',
    '[Service]',
    `ExecStart=${executable(node)} ${argument(program)} watch`,
    ...variables,
    // Passwords for notifications and encryption may stand there, as NAME=value; mode 0600.
    ...file.map((path) => `EnvironmentFile=-${path.replaceAll('%', '%%')}`),
    // Also where somebody watches in a terminal just now: it takes over when he is done.
    'Restart=on-failure',
    'RestartSec=30',
    // A wrong configuration does not mend itself.
    'RestartPreventExitStatus=2',
    // The watcher is told first, and what it has started may end in good order.
    'KillMode=mixed',
    'TimeoutStopSec=30',
    'Nice=5',
    // No more than these: others need privileges that a user’s manager lacks, or forbid Node’s compiler.
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

/** systemd takes no quotes and backslashes in the name of what it executes; what it hands to a shell may hold any. */
function executable(path: string): string {
  return /["'\\\p{Cc}]/u.test(path) ? `/bin/sh -c "exec \\"$$@\\"" sh ${argument(path)}` : quoted(path);
}

/** In quotes, with C's escapes; `%` begins a specifier. */
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

/** In arguments, but not in the path of the executable and not in variables, `$` begins a variable. */
function argument(text: string): string {
  return quoted(text.replaceAll('$', '$$$$'));
}
