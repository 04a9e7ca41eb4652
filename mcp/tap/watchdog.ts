import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface Watchdog {
  /** The server has ended; nothing is left to watch. */
  readonly dismiss: () => void;
}

/**
 * A shell that waits on a pipe which only the tap holds. When the tap is gone without a word (SIGKILL), the pipe closes; a
 * server that has not ended by itself when its standard input closed is then told to, and in the end killed, so that it is
 * never orphaned. On Windows libuv's job object does the same by itself.
 */
export function startWatchdog(serverPid: number): Watchdog {
  if (process.platform === 'win32' || !existsSync('/bin/sh')) return { dismiss: () => undefined };
  // Detached: a signal to the tap's process group, or a closed terminal, must not take the watchdog first.
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'feature-backups-watchdog', String(serverPid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/bin:/bin` },
    cwd: '/',
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return { dismiss: () => shell.stdin.end('done\n') };
}

/**
 * A process id may be given to another process in the meantime, so the server's start time is compared before each signal:
 * field 22 of /proc/<pid>/stat (after the command's closing parenthesis, for it may hold spaces), elsewhere what ps says.
 */
const SCRIPT = `
started() {
  if [ -r "/proc/$1/stat" ]; then
    read -r line < "/proc/$1/stat" || return
    set -- \${line##*) }
    [ "$1" = Z ] || echo "\${20}"
  elif [ ! -d /proc/self ]; then
    ps -o lstart= -p "$1"
  fi
}
trap '' HUP INT TERM
born=$(started "$1")
read -r word
[ "$word" = done ] && exit 0
lives() { [ -n "$born" ] && [ "$(started "$1")" = "$born" ]; }
for signal in 0 TERM KILL; do
  lives "$1" || exit 0
  kill -$signal "$1" 2> /dev/null
  for tenth in 1 2 3 4 5 6 7 8 9 10; do
    lives "$1" || exit 0
    sleep 0.1 2> /dev/null || sleep 1
  done
done
`;
