import type { CallName } from '../disk/calls.js';
import { Random } from '../random.js';
import type { BeforeCall, CallFault, SimulatedProcess } from '../world.js';
import { OWN_FOLDERS, ROOT, STORE } from './places.js';
import type { FaultCode, Step } from './scenario.js';
import type { Simulation } from './simulation.js';

interface LastingFault {
  readonly code: FaultCode;
  /** How many more calls fail. */
  readonly calls: number;
  readonly isInOwnFolders?: boolean | undefined;
}

/** Injects the faults of a step, and records those that may change its result. */
export class StepFaults {
  #hasFailed = false;
  #hasLostPower = false;
  #hasOwnFolderFault = false;
  #hasDeletedProject = false;
  readonly #lasting = new Map<string, LastingFault>();
  readonly #random: Random;

  constructor(
    private readonly step: Step,
    private readonly simulation: Simulation,
  ) {
    this.#random = new Random(step.seed ^ 0x5eed);
  }

  /** The operation itself may then fail too. */
  get hasInjectedFault(): boolean {
    return this.#hasFailed;
  }

  /** Calls in the user's own folders failed. */
  get hasOwnFolderFault(): boolean {
    return this.#hasOwnFolderFault;
  }

  get hasDeletedProject(): boolean {
    return this.#hasDeletedProject;
  }

  get hasLostPower(): boolean {
    return this.#hasLostPower;
  }

  readonly beforeCall: BeforeCall = (process, call, args) => {
    const { simulation } = this;
    const { writer, world } = simulation;
    if (process.name === 'writer') return undefined;
    if (writer.isBusy && this.#random.chance(this.step.writerChance)) this.#withoutFaults(() => writer.step());
    if (simulation.removal !== undefined && this.#random.chance(0.5)) simulation.removal.step();
    const isOwn = isInOwnFolders(args, process);
    let fault = this.#lastingFault(call, isOwn);
    for (const event of this.step.events) {
      if (event.atCall !== process.callCount) continue;
      if (event.what !== 'clock' && event.what !== 'short') {
        simulation.faultCount += 1;
        if (event.isInOwnFolders === true) this.#hasOwnFolderFault = true;
        else this.#hasFailed = true;
      }
      if (event.what === 'kill') world.kill(process);
      else if (event.what === 'powerLoss') this.#losePower();
      else if (event.what === 'clock') world.jumpClock(this.#random.pick(JUMPS_MS));
      else if (event.what === 'deleteStore') simulation.beginRemoval(STORE);
      else if (event.what === 'deleteProject') this.#deleteProject();
      else if (event.what === 'short') fault = { isShort: true };
      else {
        this.#lasting.set(`${event.isInOwnFolders === true ? 'own ' : ''}${event.what}`, {
          ...event,
          code: event.what,
        });
        fault = this.#lastingFault(call, isOwn) ?? fault;
      }
    }
    return this.#isFolderOpened(call, args) ? undefined : fault;
  };

  /** A system that refuses to open folders cannot sync them either, so nothing is guaranteed, and this is not simulated. */
  #isFolderOpened(call: CallName, [path]: readonly unknown[]): boolean {
    return call === 'open' && this.simulation.world.disk.find(String(path))?.kind === 'folder';
  }

  #deleteProject(): void {
    const { simulation } = this;
    // Several processes need the live database.
    if (simulation.scenario.processCount > 1) {
      simulation.beginRemoval(STORE);
      return;
    }
    this.#withoutFaults(() => simulation.writer.close());
    this.#hasDeletedProject = true;
    simulation.beginRemoval(ROOT);
  }

  #losePower(): void {
    this.#hasLostPower = true;
    this.simulation.losePower();
  }

  #lastingFault(call: CallName, isOwn: boolean): CallFault | undefined {
    for (const [key, { code, calls, isInOwnFolders: isLimited }] of this.#lasting) {
      if (calls <= 0 || !CALLS_THAT_FAIL[code].has(call) || (isLimited === true && !isOwn)) continue;
      this.#lasting.set(key, { code, calls: calls - 1, isInOwnFolders: isLimited });
      return { code };
    }
    return undefined;
  }

  #withoutFaults(work: () => void): void {
    const { world } = this.simulation;
    const { beforeCall } = world;
    world.beforeCall = undefined;
    work();
    world.beforeCall = beforeCall;
  }
}

function isInOwnFolders(args: readonly unknown[], { descriptors }: SimulatedProcess): boolean {
  const [first] = args;
  const opened = typeof first === 'number' ? descriptors.get(first)?.path : undefined;
  return [opened, ...args].some(
    (path) => typeof path === 'string' && OWN_FOLDERS.some((folder) => path.startsWith(folder)),
  );
}

const HOUR_MS = 3_600_000;
export const JUMPS_MS = [-25 * HOUR_MS, -HOUR_MS, -2_000, 2_000, HOUR_MS, 26 * HOUR_MS, 9 * 24 * HOUR_MS];

const READS: readonly CallName[] = ['read', 'fstat', 'stat', 'lstat', 'readdir', 'readFile', 'realpath'];
const CHANGES: readonly CallName[] = [
  'write',
  'fsync',
  'link',
  'rename',
  'unlink',
  'mkdir',
  'ftruncate',
  'chmod',
  'fchmod',
];

const CALLS_THAT_FAIL: Readonly<Record<FaultCode, ReadonlySet<CallName>>> = {
  EIO: new Set([...READS, ...CHANGES, 'open']),
  ENOSPC: new Set<CallName>(['write', 'link', 'mkdir', 'rename']),
  EMFILE: new Set<CallName>(['open']),
  EACCES: new Set<CallName>(['open', 'unlink', 'rename', 'link', 'readdir']),
  // Windows reports this while a virus scanner or indexer has the file open; file systems without hard links report it for each one.
  EPERM: new Set<CallName>(['open', 'unlink', 'rename', 'link']),
};
