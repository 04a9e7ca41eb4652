import { realSystem } from '../core/system/index.js';

/**
 * Calls back once when the parent process has ended. This process then has another parent, or, on Windows, a parent id
 * without a process.
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
