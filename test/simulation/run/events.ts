import { Random } from '../random.js';
import { GuaranteeViolation } from './guaranteeViolation.js';
import { JUMPS_MS } from './stepFaults.js';
import { perform, restore } from './operations.js';
import { ROOT, STORE } from './places.js';
import { checkNothingStaged, checkGuarantees } from './guarantees.js';
import type { Step } from './scenario.js';
import type { Simulation } from './simulation.js';
import { checkFinalVault, checkVaults } from './vaultGuarantees.js';

/** Events between the engine's operations: the writer's work, clock changes, power failures. */
export async function runStep(step: Step, simulation: Simulation): Promise<void> {
  const { world, writer, acknowledged } = simulation;
  const random = new Random(step.seed);
  switch (step.kind) {
    case 'commit':
      for (let left = random.between(1, 3); left > 0; left -= 1) writer.beginCommit(acknowledged.nextState());
      writer.finish();
      return;
    case 'checkpoint':
      writer.beginCheckpoint();
      writer.finish();
      return;
    case 'close':
      writer.close();
      return;
    case 'killWriter':
      writer.beginCommit(acknowledged.nextState());
      for (let left = random.between(0, 14); left > 0; left -= 1) writer.step();
      writer.kill();
      acknowledged.updateLive(simulation.liveState(), 'kill');
      return;
    case 'powerLoss':
      simulation.losePower();
      acknowledged.updateLive(simulation.liveState(), 'power failure');
      await checkGuarantees(simulation);
      return;
    case 'deleteProject':
      await deleteProject(random, simulation);
      return;
    case 'flipBit':
      flipBit(random, simulation);
      return;
    default:
      world.jumpClock(random.pick(JUMPS_MS));
  }
}

/** A bit of a stored backup flips, as on an old disk. */
function flipBit(random: Random, { world, acknowledged, vault, stateOfBackup }: Simulation): void {
  const store = world.disk.find(STORE);
  if (store?.kind !== 'folder') return;
  const names = [...store.names.keys()].filter((name) => name.endsWith('.db')).sort();
  if (names.length === 0) return;
  const name = random.pick(names);
  const file = store.names.get(name);
  if (file?.kind !== 'file' || file.bytes.length === 0) return;
  const bytes = Buffer.from(file.bytes);
  const at = random.between(0, bytes.length - 1);
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.between(0, 7)), at);
  world.note(`a bit of ${name} flips`);
  const id = name.slice(0, -'.db'.length);
  acknowledged.withFlippedBit.add(id);
  vault.recordFlippedBit(id);
  acknowledged.forgetState(id, stateOfBackup(file.bytes));
  file.bytes = file.durable = bytes;
  file.pending = [];
}

/**
 * The whole project is deleted. Then its newest backup is restored from the vault, or another project is created in the
 * same folder.
 */
export async function deleteProject(random: Random, simulation: Simulation): Promise<void> {
  const { world, writer, acknowledged, vault, hosts } = simulation;
  writer.disconnect(random);
  simulation.beginRemoval(ROOT);
  simulation.finishRemoval();
  if (world.disk.find(ROOT) !== undefined) simulation.beginRemoval(ROOT);
  simulation.finishRemoval();
  // A power failure does not bring back parts of it.
  world.disk.sync(world.disk.root);
  acknowledged.replaceLive(undefined);
  checkVaults(simulation);
  if (random.chance(0.5) && (await restoreFromVault(simulation))) return;
  vault.beginProject(hosts);
  const state = acknowledged.nextState();
  acknowledged.replaceLive(state);
  simulation.createProject(state);
  world.note(`another project is created with state ${state.toString()}`);
}

/** False if the vault contains nothing. */
async function restoreFromVault(simulation: Simulation): Promise<boolean> {
  const { world, acknowledged } = simulation;
  const { engine, context, begin, process } = simulation.startEngine('restore from the vault');
  begin(acknowledged.mark);
  const found = engine
    .readAllBackups(context.project, context.ports)
    .backups.find(({ id, kind }) => kind === 'ordinary' && !acknowledged.withFlippedBit.has(id));
  if (found === undefined) return false;
  try {
    await restore(found, context);
  } catch (error) {
    if (error instanceof GuaranteeViolation) throw error;
    throw new GuaranteeViolation(
      'a deleted project can be restored from the vault',
      error instanceof Error ? error.message : String(error),
    );
  }
  world.end(process);
  acknowledged.updateLive(simulation.liveState(), 'kill');
  return true;
}

/** After a final power failure, everything acknowledged must exist and be restorable. */
export async function checkFinalState(simulation: Simulation): Promise<void> {
  const { world, writer, acknowledged } = simulation;
  world.note('-- the end');
  writer.finish();
  acknowledged.updateLive(simulation.liveState(), 'kill');
  simulation.losePower();
  acknowledged.updateLive(simulation.liveState(), 'power failure');
  await checkGuarantees(simulation);
  await restoreNewest(simulation);
  acknowledged.updateLive(simulation.liveState(), 'kill');
  if (simulation.scenario.vault !== undefined) await checkFinalVault(simulation);
}

/** Without blockers, the newest backup can be restored, and the files of killed restores are removed. */
async function restoreNewest(simulation: Simulation): Promise<void> {
  const { acknowledged, scenario } = simulation;
  const { engine, context, begin } = simulation.startEngine('last restore');
  begin(acknowledged.mark);
  const [newest] = engine.readCatalog(context.project, context.ports).backups;
  if (newest === undefined || acknowledged.withFlippedBit.has(newest.id)) return;
  const before = acknowledged.restoresEnded;
  try {
    await perform('restore', scenario.seed, context);
  } catch (error) {
    if (error instanceof GuaranteeViolation) throw error;
    const isExpected = error instanceof engine.BackupError && error.code === 'backup-damaged';
    if (!isExpected)
      throw new GuaranteeViolation('a restore works', error instanceof Error ? error.message : String(error));
  }
  if (acknowledged.restoresEnded > before) checkNothingStaged(simulation);
}
