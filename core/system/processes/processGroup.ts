import type { ChildProcess } from 'node:child_process';

/**
 * Programs that are waited for run in process groups of their own, so that they can be ended with all that they have
 * started. Windows has no such groups.
 */
export const HAS_GROUPS = process.platform !== 'win32';

/** Ends a program with its group. Does nothing once it has ended: its number may be another's by then. */
export function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (HAS_GROUPS) signalGroup(child.pid, signal);
  else child.kill(signal);
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  // The group of 0 is our own.
  if (pid <= 0) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
}

/**
 * Starts a program that ends with this process, and with its group: by itself a group of its own would live on where a
 * terminal or a service manager ends this process. `letGo` stops that.
 */
export function startWithin(startIt: () => ChildProcess): { readonly child: ChildProcess; readonly letGo: () => void } {
  const place: Place = {};
  PLACES.add(place);
  const letGo = (): void => {
    PLACES.delete(place);
    listen();
  };
  // Before it starts, so that no signal comes in between.
  listen();
  try {
    const child = startIt();
    place.child = child;
    return { child, letGo };
  } catch (error) {
    letGo();
    throw error;
  }
}

interface Place {
  child?: ChildProcess;
}

const PLACES = new Set<Place>();

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function listen(): void {
  process.removeListener('exit', endAll);
  for (const signal of ENDING_SIGNALS) process.removeListener(signal, passOn);
  if (PLACES.size === 0) return;
  process.on('exit', endAll);
  for (const signal of ENDING_SIGNALS) process.on(signal, passOn);
}

function endAll(): void {
  for (const { child } of PLACES) if (child !== undefined) endGroup(child, 'SIGTERM');
}

function passOn(signal: NodeJS.Signals): void {
  for (const { child } of PLACES) if (child !== undefined) endGroup(child, signal);
  if (process.listenerCount(signal) > 1) return;
  // Nobody else listens, so the signal ends this process as it would have otherwise.
  process.removeListener(signal, passOn);
  process.kill(process.pid, signal);
}
