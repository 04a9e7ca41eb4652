import type { Backup } from '../../../core/store/backup.js';
import type { Disk } from '../disk/disk.js';
import { decodeImage } from '../live/states.js';
import { GuaranteeViolation } from './guaranteeViolation.js';
import type { StepFaults } from './stepFaults.js';
import { perform } from './operations.js';
import { ROOT, stateFolderOn, STORE } from './places.js';
import type { Operation } from './scenario.js';
import type { EngineProcess, Simulation } from './simulation.js';
import { namesIn } from './expectedVault.js';

/** Reads the vaults of all machines as if the store were deleted. */
export function checkVaults(simulation: Simulation): void {
  for (const [index, host] of simulation.hosts.entries()) {
    const process = simulation.startEngine('reader of the vault', index);
    checkRecords(host, simulation, process);
    withoutStore(simulation.world.disk, () => {
      checkKept(host, simulation, process);
    });
    simulation.world.end(process.process);
  }
  const misplaced = simulation.vault.misplaced();
  if (misplaced !== undefined)
    throw new GuaranteeViolation('two projects never share a folder of the vault', misplaced);
}

/** Reading has no other side effects in a simulated world. */
function withoutStore(disk: Disk, work: () => void): void {
  const root = disk.find(ROOT);
  const store = disk.find(STORE);
  const name = STORE.slice(ROOT.length + 1);
  if (root?.kind !== 'folder' || store === undefined) {
    work();
    return;
  }
  root.names.delete(name);
  try {
    work();
  } finally {
    root.names.set(name, store);
  }
}

function checkKept(host: string, { vault, acknowledged, world }: Simulation, process: EngineProcess): void {
  const { engine, context } = process;
  const { ports, project } = context;
  const history = engine.readAllHistory(project, ports);
  const listed = [...engine.readAllBackups(project, ports).backups, ...history.states];
  const kept = vault.keptOn(host);
  const found = new Set<number>();
  for (const backup of listed) {
    const expected = kept.get(backup.id);
    const state = stateOf(backup, process);
    // Damage to a file in the store also damages its link.
    const isLink = world.disk.find(backup.path) !== undefined && backup.path.endsWith('.db');
    if (typeof state === 'string' && acknowledged.withFlippedBit.has(backup.id) && (expected === undefined || isLink)) {
      if (expected !== undefined) found.add(expected.state);
      continue;
    }
    if (typeof state === 'string')
      throw new GuaranteeViolation('no copy in the vault is bad', `${backup.id}: ${state}`);
    found.add(state);
  }
  for (const [id, { state, isCopied }] of kept) {
    // A name can be reused within a second if few backups are kept; a state of the history then gets another one.
    if (found.has(state)) continue;
    const how = isCopied ? 'was copied' : 'was linked';
    throw new GuaranteeViolation(
      'the vault keeps backups without a store',
      `${id} (state ${state.toString()}) ${how} on ${host}`,
    );
  }
}

/** The state, or what is wrong with the image. */
function stateOf(backup: Backup, { engine, context }: EngineProcess): number | string {
  try {
    return decodeImage(engine.readBackupImage(backup, context.ports));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function checkRecords(host: string, { world, faultCount }: Simulation, { engine, context }: EngineProcess): void {
  const records = engine.readProjectRecords(context.ports, (warning) => {
    throw new GuaranteeViolation('a record is wholly old or wholly new', warning);
  });
  if (records.length > 1) throw new GuaranteeViolation('a project has one record', records.length.toString());
  const leftovers = namesIn(world.disk, `${stateFolderOn(host)}/projects`).filter((name) => !name.endsWith('.json'));
  if (leftovers.length > MAX_LEFT * (faultCount + 1)) {
    throw new GuaranteeViolation('what is left of records is bounded', leftovers.join(', '));
  }
}

/** A kill leaves its temporary file and its lock. */
const MAX_LEFT = 3;

/** A new process syncs the vault, but only in half of the cases, so some links get older. */
export async function checkVaultAfterwards(simulation: Simulation): Promise<void> {
  checkVaults(simulation);
  if (simulation.random.chance(0.5)) return;
  await syncAgain(simulation);
  checkVaults(simulation);
}

async function syncAgain(simulation: Simulation): Promise<void> {
  const { acknowledged, world } = simulation;
  const process = simulation.startEngine('sync of the vault');
  process.begin(acknowledged.mark);
  try {
    await perform('syncVault', 0, process.context);
  } catch (error) {
    if (error instanceof GuaranteeViolation) throw error;
    throw new GuaranteeViolation('a new sync completes', error instanceof Error ? error.message : String(error));
  }
  const { engine, context } = process;
  const [folder] = engine.vaultFoldersOf(context.project, context.ports);
  if (folder !== undefined) {
    const link = namesIn(world.disk, folder).find((name) => /^features_.*\.db$/.test(name));
    if (link !== undefined && !acknowledged.withFlippedBit.has(link.slice(0, -'.db'.length))) {
      throw new GuaranteeViolation('a sync replaces every link', link);
    }
  }
  world.end(process.process);
}

/** Younger leftovers may belong to a running sync. */
const LATER_MS = 30 * 24 * 60 * 60 * 1000;

export async function checkFinalVault(simulation: Simulation): Promise<void> {
  const { world } = simulation;
  await syncAgain(simulation);
  checkVaults(simulation);
  world.monotonicMs += LATER_MS;
  await syncAgain(simulation);
  checkVaults(simulation);
  const { engine, context } = simulation.startEngine('last reader of the vault');
  const [folder = ''] = engine.vaultFoldersOf(context.project, context.ports);
  // A power failure can put garbage in place of a lock.
  const leftover = namesIn(world.disk, folder).find((name) => name.startsWith('.') && !name.startsWith('.lock'));
  if (leftover !== undefined) throw new GuaranteeViolation('nothing is left in the vault', `${folder}/${leftover}`);
}

/** On the same file system, a new backup is in the vault before its caller goes on. */
export function checkLinked(simulation: Simulation, { process }: EngineProcess, faults: StepFaults): void {
  const { vault, scenario } = simulation;
  if (scenario.vault !== 'same file system' || faults.hasInjectedFault || faults.hasOwnFolderFault) return;
  const { lastNew } = vault;
  if (lastNew === undefined || vault.isIn(process.machine.hostname, lastNew)) return;
  throw new GuaranteeViolation('a new backup is linked into the vault', lastNew);
}

/** Without a history, pruned backups are deleted from the vault too. */
export function prunesTheVault(operation: Operation, simulation: Simulation): boolean {
  return operation !== 'syncVault' && !keepsArchived(simulation);
}

export function keepsArchived({ scenario }: Simulation): boolean {
  return scenario.historyBytes > 1024 * 1024;
}
