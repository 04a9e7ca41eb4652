import { systemError } from './systemError.js';

/** The information of the simulated Linux about one process. */
export interface ListedProcess {
  readonly pid: number;
  readonly startTime: number;
  /** Descriptor to path. */
  readonly openPaths: ReadonlyMap<number, { readonly path: string; readonly writable: boolean }>;
}

/** One machine's `/proc` and `/etc/machine-id`, as far as the engine reads them. */
export interface Machine {
  readonly id: string;
  readonly bootId: string;
  readonly processes: () => readonly ListedProcess[];
  /** In the format of `/proc/locks`. */
  readonly locks: () => string;
}

export function isProcPath(path: string): boolean {
  return path === '/proc' || path.startsWith('/proc/') || path === '/etc/machine-id';
}

export function readProcFile(path: string, ownPid: number, machine: Machine): Buffer {
  return Buffer.from(contentOf(path, ownPid, machine));
}

function contentOf(path: string, ownPid: number, machine: Machine): string {
  if (path === '/etc/machine-id') return `${machine.id}\n`;
  if (path === '/proc/sys/kernel/random/boot_id') return `${machine.bootId}\n`;
  if (path === '/proc/locks') return machine.locks();
  const [, who = '', rest] = /^\/proc\/(self|\d+)\/(.+)$/.exec(path) ?? [];
  const found = processOf(who, path, ownPid, machine);
  if (rest === 'stat') return statOf(found);
  if (rest === 'comm') return 'node\n';
  const [, descriptor] = /^fdinfo\/(\d+)$/.exec(rest ?? '') ?? [];
  const opened = found.openPaths.get(Number(descriptor));
  if (opened !== undefined) return `pos:\t0\nflags:\t${opened.writable ? '02' : '0'}\n`;
  throw systemError('ENOENT', 'open', path);
}

/** proc(5): the start time is field 22. */
function statOf({ pid, startTime }: ListedProcess): string {
  return `${pid.toString()} (node) S ${'0 '.repeat(18)}${startTime.toString()} 0\n`;
}

export function listProcFolder(path: string, ownPid: number, machine: Machine): string[] {
  if (path === '/proc') return machine.processes().map(({ pid }) => pid.toString());
  const [, who = ''] = /^\/proc\/(self|\d+)\/fd$/.exec(path) ?? [];
  return [...processOf(who, path, ownPid, machine).openPaths.keys()].map(String);
}

export function readProcLink(path: string, ownPid: number, machine: Machine): string {
  if (path === '/proc/self/ns/pid') return 'pid:[4026531836]';
  const [, who = '', descriptor] = /^\/proc\/(self|\d+)\/fd\/(\d+)$/.exec(path) ?? [];
  const opened = processOf(who, path, ownPid, machine).openPaths.get(Number(descriptor));
  if (opened === undefined) throw systemError('ENOENT', 'readlink', path);
  return opened.path;
}

export function hasProcEntry(path: string, ownPid: number, machine: Machine): boolean {
  if (path === '/proc') return true;
  const who = /^\/proc\/(self|\d+)$/.exec(path)?.[1];
  return who === 'self' || machine.processes().some(({ pid }) => pid === (who === undefined ? ownPid : Number(who)));
}

function processOf(who: string, path: string, ownPid: number, machine: Machine): ListedProcess {
  const pid = who === 'self' ? ownPid : Number(who);
  const found = machine.processes().find((listed) => listed.pid === pid);
  if (found === undefined) throw systemError('ENOENT', 'open', path);
  return found;
}
