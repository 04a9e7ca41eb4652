import type { Server } from './spawnServer.js';

/** Hands every signal that can be caught on to the server; `onEnd` is told of those that ask a program to end. */
export function forwardSignals(server: Server, onEnd: () => void): void {
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      // At a terminal the whole foreground group, the server included, has got it already.
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
