import { Random } from '../random.js';
import { PromiseBroken } from './broken.js';
import { JUMPS_MS } from './chaos.js';
import { perform } from './operations.js';
import { checkNothingStaged, checkPromises } from './promises.js';
import type { Step } from './scenario.js';
import { STORE, type Surroundings } from './surroundings.js';

/** Events between the engine's operations: the writer's work, clock changes, power failures. */
export async function happen(step: Step, surroundings: Surroundings): Promise<void> {
  const { world, writer, acknowledged } = surroundings;
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
      acknowledged.settleLive(surroundings.liveState(), 'kill');
      return;
    case 'powerLoss':
      surroundings.losePower();
      acknowledged.settleLive(surroundings.liveState(), 'power failure');
      await checkPromises(surroundings);
      return;
    case 'rot':
      rot(random, surroundings);
      return;
    default:
      world.jumpClock(random.pick(JUMPS_MS));
  }
}

/** A bit of a stored backup flips, as on an old disk. */
function rot(random: Random, { world, acknowledged, stateOfBackup }: Surroundings): void {
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
  world.note(`a bit of ${name} turns over`);
  const id = name.slice(0, -'.db'.length);
  acknowledged.rotted.add(id);
  acknowledged.forgetState(id, stateOfBackup(file.bytes));
  file.bytes = file.durable = bytes;
  file.pending = [];
}

/** Finally the power fails once more; then everything acknowledged must exist and be restorable. */
export async function checkTheEnd(surroundings: Surroundings): Promise<void> {
  const { world, writer, acknowledged } = surroundings;
  world.note('-- the end');
  writer.finish();
  acknowledged.settleLive(surroundings.liveState(), 'kill');
  surroundings.losePower();
  acknowledged.settleLive(surroundings.liveState(), 'power failure');
  await checkPromises(surroundings);
  await restoreNewest(surroundings);
  acknowledged.settleLive(surroundings.liveState(), 'kill');
}

/** Without blockers, the newest backup can be restored, and the files of killed restores are removed. */
async function restoreNewest(surroundings: Surroundings): Promise<void> {
  const { acknowledged, scenario } = surroundings;
  const { engine, context, begin } = surroundings.startEngine('last restore');
  begin(acknowledged.mark);
  const [newest] = engine.readCatalog(context.project, context.ports).backups;
  if (newest === undefined || acknowledged.rotted.has(newest.id)) return;
  const before = acknowledged.restoresEnded;
  try {
    await perform('restore', scenario.seed, context);
  } catch (error) {
    if (error instanceof PromiseBroken) throw error;
    const isExpected = error instanceof engine.BackupError && error.code === 'backup-damaged';
    if (!isExpected) throw new PromiseBroken('a restore works', error instanceof Error ? error.message : String(error));
  }
  if (acknowledged.restoresEnded > before) checkNothingStaged(surroundings);
}
