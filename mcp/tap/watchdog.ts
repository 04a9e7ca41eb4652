import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface Watchdog {
  /** Stops watching, after the server has ended. */
  readonly dismiss: () => void;
}

/**
 * Starts a shell that ends the server if the tap is killed (SIGKILL). It waits on a pipe from the tap, which then
 * closes, and sends SIGTERM and SIGKILL to a server that does not end by itself. On Windows, libuv's job object does
 * this.
 */
export function startWatchdog(serverPid: number): Watchdog {
  if (process.platform === 'win32' || !existsSync('/bin/sh')) return { dismiss: () => undefined };
  // Detached: a signal to the tap's process group, or a closed terminal, must not end the watchdog first.
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
 * Compares the server's start time before each signal, because its process id may have been reused: field 22 of
 * /proc/<pid>/stat (counted after the command's closing parenthesis, as the command may contain spaces), or ps
 * elsewhere.
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
