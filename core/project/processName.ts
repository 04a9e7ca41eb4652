import type { Ports } from '../system/index.js';

/** The name of a running program (proc(5): comm); undefined if unknown. */
export function processName(pid: number | undefined, ports: Ports): string | undefined {
  if (pid === undefined) return undefined;
  try {
    return ports.files.readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
