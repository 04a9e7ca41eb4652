import type { Configuration } from '../../../core/project/project.js';
import type { NameOrder } from '../disk/powerLoss.js';
import type { Synchronous } from '../live/writer.js';
import { mixSeeds, Random } from '../random.js';

/** Everything that a seed decides: the same scenario always gives the same run. */
export interface Scenario {
  readonly seed: number;
  readonly nameOrder: NameOrder;
  readonly clockStepNs: bigint;
  readonly startMs: number;
  readonly synchronous: Synchronous;
  readonly retention: Configuration['retention'];
  readonly historyBytes: number;
  /** More than one: they run at once, and the seed decides at each call which one continues. */
  readonly processCount: number;
  /** Where the vault is; undefined: it is turned off. */
  readonly vault: 'same file system' | 'other file system' | undefined;
  readonly steps: readonly Step[];
}

export const OPERATIONS = [
  'backup',
  'cleanUp',
  'pin',
  'unpin',
  'delete',
  'verify',
  'restore',
  'undo',
  'replicate',
  'syncVault',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Events besides the engine's own work. */
export type Incident =
  'commit' | 'checkpoint' | 'close' | 'killWriter' | 'powerLoss' | 'flipBit' | 'clock' | 'deleteProject';

export interface Step {
  readonly kind: Operation | Incident;
  /** For the random choices of the step. */
  readonly seed: number;
  readonly events: readonly FaultEvent[];
  /** The probability of a writer's step at each call. */
  readonly writerChance: number;
}

/** The number of the step's call at which it happens. */
export interface FaultEvent {
  readonly atCall: number;
  readonly what: 'kill' | 'powerLoss' | 'short' | 'clock' | 'deleteStore' | 'deleteProject' | FaultCode;
  /** An error persists for this many calls of its kind, as on a full disk. */
  readonly calls: number;
  /** Only calls in the user's own folders (vault and records) fail. */
  readonly isInOwnFolders?: boolean;
}

export const FAULT_CODES = ['EIO', 'ENOSPC', 'EMFILE', 'EACCES', 'EPERM'] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

export function scenarioOf(seed: number): Scenario {
  const random = new Random(mixSeeds(seed, 1));
  // Drawn separately: the other seeds are the same as without a vault.
  const vaultRandom = new Random(mixSeeds(seed, 5));
  const vault = vaultRandom.chance(0.25) ? vaultRandom.pick(VAULTS) : undefined;
  const processCount = random.chance(0.1) ? random.between(2, 3) : 1;
  return {
    seed,
    processCount,
    vault,
    nameOrder: random.pick(['journal', 'any']),
    clockStepNs: random.pick([1_000n, 4_000_000n, 1_000_000_000n]),
    startMs: random.pick(STARTS),
    synchronous: random.pick(['full', 'normal']),
    retention: {
      keepLast: random.between(1, 4),
      keepHourly: 0,
      keepDaily: random.between(0, 1),
      keepWeekly: 0,
      keepEmergency: random.between(1, 3),
    },
    historyBytes: processCount > 1 ? LARGE : random.pick([LARGE, LARGE, LARGE, 8 * 1024, 0]),
    steps: withVaultSteps(
      Array.from({ length: random.between(6, 16) }, () => stepOf(random)),
      vault === undefined ? undefined : vaultRandom,
    ),
  };
}

const VAULTS = ['same file system', 'same file system', 'other file system'] as const;

/** More steps and faults, about the vault. */
function withVaultSteps(steps: readonly Step[], random: Random | undefined): readonly Step[] {
  if (random === undefined) return steps;
  const hasDeletions = random.chance(0.5);
  return steps.flatMap((step) => {
    const faulty = isOperation(step.kind) ? addFaults(step, random, hasDeletions) : step;
    if (!random.chance(0.5)) return [faulty];
    const kind = hasDeletions && random.chance(0.1) ? 'deleteProject' : 'syncVault';
    const events = kind === 'syncVault' && random.chance(0.4) ? [eventOf(random)] : [];
    const added: Step = { kind, seed: random.seed(), events, writerChance: 0 };
    return [faulty, kind === 'syncVault' ? addFaults(added, random, hasDeletions) : added];
  });
}

function addFaults(step: Step, random: Random, hasDeletions: boolean): Step {
  const events = [...step.events];
  if (hasDeletions && random.chance(0.1)) {
    const what = step.kind === 'syncVault' && random.chance(0.3) ? 'deleteProject' : 'deleteStore';
    events.push({ what, atCall: random.between(1, 120), calls: 0 });
  }
  if (random.chance(0.1)) {
    const atCall = random.between(1, 120);
    events.push({ what: random.pick(FAULT_CODES), atCall, calls: random.pick([1, 3, 1000]), isInOwnFolders: true });
  }
  return { ...step, events };
}

const LARGE = 64 * 1024 * 1024;

/** An ordinary day; a day with a repeated hour in Europe; the end of a year. */
const STARTS = [Date.UTC(2026, 4, 11, 9, 30), Date.UTC(2026, 9, 25, 0, 40), Date.UTC(2026, 11, 31, 22, 59)];

const WEIGHTS: readonly (readonly [Step['kind'], number])[] = [
  ['commit', 26],
  ['backup', 30],
  ['cleanUp', 4],
  ['pin', 4],
  ['unpin', 2],
  ['delete', 1],
  ['verify', 4],
  ['restore', 8],
  ['undo', 3],
  ['replicate', 6],
  ['checkpoint', 4],
  ['close', 2],
  ['killWriter', 1],
  ['powerLoss', 3],
  ['flipBit', 1],
  ['clock', 1],
];

function stepOf(random: Random): Step {
  const kind = weighted(random);
  const events: FaultEvent[] = [];
  if (isOperation(kind)) while (events.length < 2 && random.chance(0.3)) events.push(eventOf(random));
  const isBesideWriter = random.chance(0.3);
  return { kind, seed: random.seed(), events, writerChance: isBesideWriter ? random.pick([0.02, 0.1, 0.4]) : 0 };
}

function weighted(random: Random): Step['kind'] {
  let left = random.next() * WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of WEIGHTS) {
    left -= weight;
    if (left < 0) return kind;
  }
  return 'backup';
}

function eventOf(random: Random): FaultEvent {
  const what = random.pick(['kill', 'kill', 'powerLoss', 'powerLoss', 'short', 'clock', ...FAULT_CODES] as const);
  return { what, atCall: random.between(1, random.pick([20, 60, 120, 250])), calls: random.pick([1, 1, 3, 1000]) };
}

export function isOperation(kind: Step['kind']): kind is Operation {
  return OPERATIONS.some((operation) => operation === kind);
}
