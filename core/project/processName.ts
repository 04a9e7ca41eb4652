import type { Ports } from '../system/index.js';

/** A running program's name (proc(5): comm); undefined where the system does not tell. */
export function processName(pid: number | undefined, ports: Ports): string | undefined {
  if (pid === undefined) return undefined;
  try {
    return ports.files.readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
