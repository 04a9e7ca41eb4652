import type { ChildProcess } from 'node:child_process';

/**
 * Programs run in their own process groups, so they can be ended with their child processes. Windows has no groups.
 */
export const HAS_GROUPS = process.platform !== 'win32';

/** Ends a program with its group. Does nothing if it has ended, because its pid may have been reused. */
export function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (HAS_GROUPS) signalGroup(child.pid, signal);
  else child.kill(signal);
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  // 0 is the group of this process.
  if (pid <= 0) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

/**
 * Starts a program that ends with this process. In its own group, it would otherwise survive when a terminal or a
 * service manager ends this process. `release` detaches it again.
 */
export function startAttached(spawnChild: () => ChildProcess): {
  readonly child: ChildProcess;
  readonly release: () => void;
} {
  const entry: RunningProgram = {};
  RUNNING.add(entry);
  const release = (): void => {
    RUNNING.delete(entry);
    updateListeners();
  };
  // Before the program starts, so no signal is missed.
  updateListeners();
  try {
    const child = spawnChild();
    entry.child = child;
    return { child, release };
  } catch (error) {
    release();
    throw error;
  }
}

interface RunningProgram {
  child?: ChildProcess;
}

const RUNNING = new Set<RunningProgram>();

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function updateListeners(): void {
  process.removeListener('exit', endAll);
  for (const signal of ENDING_SIGNALS) process.removeListener(signal, forwardSignal);
  if (RUNNING.size === 0) return;
  process.on('exit', endAll);
  for (const signal of ENDING_SIGNALS) process.on(signal, forwardSignal);
}

function endAll(): void {
  for (const { child } of RUNNING) if (child !== undefined) endGroup(child, 'SIGTERM');
}

function forwardSignal(signal: NodeJS.Signals): void {
  for (const { child } of RUNNING) if (child !== undefined) endGroup(child, signal);
  if (process.listenerCount(signal) > 1) return;
  // Without other listeners, the signal ends this process as usual.
  process.removeListener(signal, forwardSignal);
  process.kill(process.pid, signal);
}
