/**
 * Calls back once when the process that started this one has ended: its child then belongs to another, or, where a process
 * keeps its parent's number (Windows), that number is nobody's.
 */
export function watchParent(onGone: () => void, intervalMs = 1000): { readonly stop: () => void } {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(parent)) return;
    clearInterval(timer);
    onGone();
  }, intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Any other answer (EPERM) comes from a process that is there.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
