import { DiskCalls, type CallName, type Caller, type Descriptor } from './disk/calls.js';
import { Disk } from './disk/disk.js';
import type { NameOrder } from './disk/powerLoss.js';
import {
  hasProcEntry,
  isProcPath,
  listProcFolder,
  readProcFile,
  readProcLink,
  type Machine,
} from './disk/procFiles.js';
import { systemError } from './disk/systemError.js';
import type { Random } from './random.js';

/** Thrown by every call of a dead process, which no longer has any effect. */
export class ProcessDied extends Error {
  constructor() {
    super('This simulated process is dead');
  }
}

/** One process of the simulated machines. */
export interface SimulatedProcess extends Caller {
  readonly name: string;
  readonly pid: number;
  readonly machine: SimulatedMachine;
  readonly startTime: number;
  readonly descriptors: Map<number, Descriptor>;
  isDead: boolean;
  /** The number of its calls. */
  callCount: number;
}

export interface SimulatedMachine extends Machine {
  readonly hostname: string;
  bootId: string;
  bootedAtMs: number;
  nextPid: number;
}

/** The fault of a call: an error instead of it, or fewer bytes than requested. */
export type CallFault = { readonly code: string } | { readonly isShort: true };

/** Decides before each call; may kill the caller or cut the power. */
export type BeforeCall = (process: SimulatedProcess, call: CallName, args: readonly unknown[]) => CallFault | undefined;

export interface WorldOptions {
  readonly nameOrder: NameOrder;
  /** The resolution of file times. */
  readonly clockStepNs: bigint;
  readonly startMs: number;
}

/** Everything besides the engine: a disk, clocks, machines and their processes. */
export class World {
  readonly disk: Disk;
  readonly machines: readonly SimulatedMachine[];
  readonly processes = new Set<SimulatedProcess>();
  /** The trace; undefined if not requested. */
  trace: string[] | undefined;
  beforeCall: BeforeCall | undefined;
  monotonicMs = 1_000_000;
  #clockMs: number;
  #boots = 0;

  constructor(options: WorldOptions) {
    this.#clockMs = options.startMs - this.monotonicMs;
    this.disk = new Disk(() => {
      const ns = BigInt(Math.round(this.nowMs() * 1000)) * 1000n;
      return ns - (ns % options.clockStepNs);
    }, options.nameOrder);
    this.machines = ['desk', 'laptop'].map((hostname) => this.#newMachine(hostname));
  }

  /** The time of the wall clock. */
  nowMs(): number {
    return this.#clockMs + this.monotonicMs;
  }

  jumpClock(byMs: number): void {
    this.note(`the clock jumps by ${(byMs / 1000).toString()} s`);
    this.#clockMs += byMs;
  }

  note(line: string): void {
    this.trace?.push(line);
  }

  start(name: string, machine = this.machines[0]): SimulatedProcess {
    if (machine === undefined) throw new Error('The machine does not exist');
    const pid = machine.nextPid++;
    const process: SimulatedProcess = {
      name,
      pid,
      machine,
      startTime: Math.floor(this.monotonicMs / 10) + pid,
      descriptors: new Map(),
      nextDescriptor: 20,
      isDead: false,
      callCount: 0,
    };
    this.processes.add(process);
    return process;
  }

  /** Its writes remain visible, synced or not. */
  end(process: SimulatedProcess): void {
    process.isDead = true;
    process.descriptors.clear();
    this.processes.delete(process);
  }

  kill(process: SimulatedProcess): void {
    this.note(`${process.name} is killed`);
    this.end(process);
  }

  /** Unsynced changes may be lost; the machines start again. */
  losePower(random: Random): void {
    this.note('THE POWER FAILS');
    for (const process of this.processes) this.end(process);
    this.disk.losePower(random);
    this.monotonicMs += 60_000;
    for (const machine of this.machines) this.#boot(machine);
  }

  call(process: SimulatedProcess, call: CallName, args: readonly unknown[]): unknown {
    assertAlive(process);
    this.monotonicMs += CALL_MS;
    const [path] = args;
    if (typeof path === 'string' && isProcPath(path)) return callProc(call, path, process);
    process.callCount += 1;
    const fault = this.beforeCall?.(process, call, args);
    assertAlive(process);
    return this.#perform(process, call, args, fault);
  }

  pause(process: SimulatedProcess, ms: number): void {
    assertAlive(process);
    // On a busy machine, a pause ends late, so a wait for a lock has fewer attempts.
    this.monotonicMs += Math.max(LATE * ms, CALL_MS);
  }

  #perform(process: SimulatedProcess, call: CallName, args: readonly unknown[], fault: CallFault | undefined): unknown {
    const calls = new DiskCalls(this.disk, process);
    if (fault !== undefined && 'code' in fault) {
      this.#describe(process, call, args, fault.code);
      if (call === 'fsync') calls.failFsync(Number(args[0]));
      if (call === 'close') calls.close(Number(args[0]));
      throw systemError(fault.code, call, typeof args[0] === 'string' ? args[0] : undefined);
    }
    const actual = fault === undefined ? args : shortened(call, args);
    try {
      const result = (calls as unknown as Record<CallName, (...all: readonly unknown[]) => unknown>)[call](...actual);
      this.#describe(process, call, actual, '');
      return result;
    } catch (error) {
      this.#describe(process, call, actual, error instanceof Error && 'code' in error ? String(error.code) : 'failed');
      throw error;
    }
  }

  #describe(process: SimulatedProcess, call: CallName, args: readonly unknown[], outcome: string): void {
    if (this.trace === undefined) return;
    const words = args.map((argument) => {
      if (typeof argument === 'string') return argument;
      if (Buffer.isBuffer(argument)) return `${argument.length.toString()} bytes`;
      return String(argument);
    });
    const opened = typeof args[0] === 'number' ? process.descriptors.get(args[0])?.path : undefined;
    if (opened !== undefined) words[0] = opened;
    this.note(`${process.name}: ${call} ${words.join(' ')}${outcome === '' ? '' : ` -> ${outcome}`}`);
  }

  #newMachine(hostname: string): SimulatedMachine {
    const machine: SimulatedMachine = {
      hostname,
      id: `machine-of-${hostname}`,
      bootId: '',
      bootedAtMs: 0,
      nextPid: 0,
      processes: () =>
        [...this.processes]
          .filter((process) => process.machine === machine)
          .map(({ pid, startTime, descriptors }) => ({ pid, startTime, openPaths: descriptors })),
      locks: () => this.#locksOn(machine),
    };
    this.#boot(machine);
    return machine;
  }

  /** Process ids start again: the next process may have that of a dead one. */
  #boot(machine: SimulatedMachine): void {
    this.#boots += 1;
    machine.bootId = `boot-${this.#boots.toString()}`;
    machine.bootedAtMs = this.monotonicMs;
    machine.nextPid = 100;
  }

  /** SQLite's connections are visible as locks on `-shm`, byte 128. */
  #locksOn(machine: SimulatedMachine): string {
    const lines = [...this.processes]
      .filter((process) => process.machine === machine)
      .flatMap(({ pid, descriptors }) =>
        [...descriptors.values()]
          .filter(({ path, writable }) => writable && path.endsWith('-shm'))
          .map(({ node }) => `POSIX  ADVISORY  READ ${pid.toString()} 00:01:${node.inode.toString()} 128 128`),
      );
    return lines.map((line, index) => `${(index + 1).toString()}: ${line}\n`).join('');
  }
}

function assertAlive(process: SimulatedProcess): void {
  if (process.isDead) throw new ProcessDied();
}

/** How late a pause ends. */
const LATE = 10;

/** The duration of a call. */
const CALL_MS = 0.05;

function shortened(call: CallName, args: readonly unknown[]): readonly unknown[] {
  const [descriptor, what, position] = args;
  if (call === 'read') return [descriptor, Math.max(1, Math.floor(Number(what) / 2)), position];
  if (call === 'write' && Buffer.isBuffer(what)) {
    return [descriptor, what.subarray(0, Math.max(1, Math.floor(what.length / 2))), position];
  }
  return args;
}

function callProc(call: CallName, path: string, { pid, machine }: SimulatedProcess): unknown {
  switch (call) {
    case 'readFile':
      return readProcFile(path, pid, machine);
    case 'readdir':
      return listProcFolder(path, pid, machine).map((name) => ({ name, kind: 'folder' }));
    case 'readlink':
      return readProcLink(path, pid, machine);
    case 'stat':
    case 'lstat':
      if (!hasProcEntry(path, pid, machine)) throw systemError('ENOENT', call, path);
      return {
        kind: 'folder',
        device: 0,
        inode: 1,
        birthtimeNs: 0n,
        mode: 0o555,
        sizeBytes: 0,
        modifiedNs: 0n,
        changedNs: 0n,
      };
    default:
      throw systemError('EACCES', call, path);
  }
}
