import { realSystem } from '../../core/system/index.js';

/**
 * Calls back once when the process that started this one has ended: its child then belongs to another, or, where a process
 * keeps its parent's number (Windows), that number is nobody's.
 */
export function watchParent(onGone: () => void, intervalMs = 1000): { readonly stop: () => void } {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent && realSystem.isRunning(parent)) return;
    clearInterval(timer);
    onGone();
  }, intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
