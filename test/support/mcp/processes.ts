import { readdirSync, readFileSync } from 'node:fs';

/** The variable by which a test finds the processes that it has started, and their children. */
export const MARK = 'FEATURE_BACKUPS_TEST_MARK';

/** The processes with this mark in their environment, as "pid command line". Linux only. */
export function markedProcesses(mark: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${mark}\0`)) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        // It has ended in the meantime.
        return [];
      }
    });
}

/**
 * Waits until none is left, up to a time limit. Returns those that are still running, except a follow-up, which ends by
 * itself a minute after the last backup.
 */
export async function leftProcesses(mark: string, timeoutMs: number): Promise<readonly string[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const left = markedProcesses(mark).filter((line) => !line.includes('feature-backups.cjs follow-up '));
    if (left.length === 0 || Date.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function killMarked(mark: string): void {
  for (const line of markedProcesses(mark)) {
    try {
      process.kill(Number.parseInt(line, 10), 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }
}
