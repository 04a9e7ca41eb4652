import type { Server } from './spawnServer.js';

/** Forwards signals to the server. Calls `onEnd` for those that usually end a program. */
export function forwardSignals(server: Server, onEnd: () => void): void {
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      // On a terminal, the server is in the same process group and already has the signal.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) server.kill(signal);
      if (ENDING.has(signal)) onEnd();
    });
  }
}

const FORWARDED: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGINT', 'SIGTERM', 'SIGHUP']
    : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
const ENDING: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);
