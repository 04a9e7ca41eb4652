import type { CallName } from '../disk/calls.js';
import { Random } from '../random.js';
import type { BeforeCall, CallFault } from '../world.js';
import type { ChaosEvent, FaultCode, Step } from './scenario.js';
import type { Surroundings } from './surroundings.js';

/** The faults of a step, as far as they matter for judging its result. */
export class Chaos {
  #hasFailed = false;
  #hasLostPower = false;
  readonly #lasting = new Map<FaultCode, number>();
  readonly #random: Random;

  constructor(
    private readonly step: Step,
    private readonly surroundings: Surroundings,
  ) {
    this.#random = new Random(step.seed ^ 0x5eed);
  }

  /** Whether anything was made to fail, so the operation may fail too. */
  get hasInterfered(): boolean {
    return this.#hasFailed;
  }

  get hasLostPower(): boolean {
    return this.#hasLostPower;
  }

  readonly beforeCall: BeforeCall = (process, call, args) => {
    const { writer, world } = this.surroundings;
    if (process.name === 'writer') return undefined;
    if (writer.isBusy && this.#random.chance(this.step.writerChance)) this.#withoutChaos(() => writer.step());
    let fault = this.#lastingFault(call);
    for (const event of this.step.events) {
      if (event.atCall !== process.callCount) continue;
      this.#hasFailed ||= event.what !== 'clock' && event.what !== 'short';
      if (event.what === 'kill') world.kill(process);
      else if (event.what === 'powerLoss') this.#losePower();
      else if (event.what === 'clock') world.jumpClock(this.#random.pick(JUMPS_MS));
      else if (event.what === 'short') fault = { isShort: true };
      else fault = this.#begin(event, event.what, call) ?? fault;
    }
    return this.#isFolderOpened(call, args) ? undefined : fault;
  };

  /** A system that refuses to open folders cannot sync them either, so nothing is promised, and this is not simulated. */
  #isFolderOpened(call: CallName, [path]: readonly unknown[]): boolean {
    return call === 'open' && this.surroundings.world.disk.find(String(path))?.kind === 'folder';
  }

  #losePower(): void {
    this.#hasLostPower = true;
    this.surroundings.losePower();
  }

  #begin(event: ChaosEvent, code: FaultCode, call: CallName): CallFault | undefined {
    this.#lasting.set(code, event.calls);
    return this.#faultFor(code, call);
  }

  #lastingFault(call: CallName): CallFault | undefined {
    for (const code of this.#lasting.keys()) {
      const fault = this.#faultFor(code, call);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #faultFor(code: FaultCode, call: CallName): CallFault | undefined {
    const left = this.#lasting.get(code) ?? 0;
    if (left <= 0 || !CALLS_THAT_FAIL[code].has(call)) return undefined;
    this.#lasting.set(code, left - 1);
    return { code };
  }

  #withoutChaos(work: () => void): void {
    const { world } = this.surroundings;
    const { beforeCall } = world;
    world.beforeCall = undefined;
    work();
    world.beforeCall = beforeCall;
  }
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
  // Windows reports this while a virus scanner or indexer has the file open; file systems without links for every link.
  EPERM: new Set<CallName>(['open', 'unlink', 'rename', 'link']),
};
