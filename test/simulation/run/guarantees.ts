import type { Backup } from '../../../core/store/backup.js';
import type { DiskNode } from '../disk/nodes.js';
import { decodeImage } from '../live/states.js';
import { GuaranteeViolation } from './guaranteeViolation.js';
import { DATABASE, ROOT, STORE, TARGET } from './places.js';
import { checkVaultAfterwards, checkVaults, keepsArchived } from './vaultGuarantees.js';
import type { EngineProcess, Simulation } from './simulation.js';

/**
 * Checks the guarantees of docs/architecture.md in a new process; then it makes a backup, which must succeed without
 * leftovers.
 */
export async function checkGuarantees(simulation: Simulation): Promise<void> {
  if (simulation.scenario.vault !== undefined) {
    checkVaults(simulation);
    if (!keepsArchived(simulation)) simulation.vault.expectDeletions();
  }
  const process = simulation.startEngine('recovery');
  await checkStored(simulation, process);
  await checkCopies(simulation, process);
  await recover(simulation, process);
  await checkStored(simulation, process);
  simulation.world.end(process.process);
  if (simulation.scenario.vault !== undefined) await checkVaultAfterwards(simulation);
}

async function recover({ world, acknowledged }: Simulation, process: EngineProcess): Promise<void> {
  const { engine, context } = process;
  process.begin(acknowledged.mark);
  const { ports, project, report } = context;
  const trigger = { source: 'cli', reason: 'recovery' } as const;
  try {
    const outcome = await engine.createBackup(project, trigger, ports).catch(async (error: unknown) => {
      if (!(error instanceof engine.BackupError) || error.code !== 'store-busy') throw error;
      // It is unknown whether a process of another machine is running: its lock is valid for ten minutes from when it was
      // first seen, whatever its time stamp.
      world.monotonicMs += OVER_TEN_MINUTES_MS;
      return await engine.createBackup(project, trigger, ports);
    });
    if (outcome.status === 'damaged')
      throw new Error(`the live database counts as damaged: ${outcome.problems.join()}`);
    const { id, metadata } = outcome.backup;
    report({ kind: 'backedUp', sha256: metadata?.sha256, id, isNew: outcome.status === 'created' });
  } catch (error) {
    if (error instanceof GuaranteeViolation) throw error;
    throw new GuaranteeViolation('a fresh process recovers', error instanceof Error ? error.message : String(error));
  }
  checkLeftovers(world);
}

const OVER_TEN_MINUTES_MS = 11 * 60_000;

async function checkStored({ acknowledged, scenario }: Simulation, { engine, context }: EngineProcess): Promise<void> {
  const { ports, project } = context;
  const catalog = engine.readCatalog(project, ports);
  const history = engine.listHistory(project, ports);
  const [problem] = history.problems;
  if (problem !== undefined) throw new GuaranteeViolation('the history is intact', problem.message);
  const restorable = new Set<number>();
  for (const backup of [...catalog.backups, ...history.states]) {
    const found = contentIn(backup, engine.readBackupImage, context);
    if (typeof found === 'number') restorable.add(found);
    // A state of the history may have the name of a newer, damaged backup.
    if (acknowledged.withFlippedBit.has(backup.id)) continue;
    if (typeof found === 'string')
      throw new GuaranteeViolation('every listed backup is intact', `${backup.id}: ${found}`);
    const mayLackMetadata = scenario.nameOrder === 'any' || acknowledged.hasLostStore || backup.history !== undefined;
    if (backup.metadata === undefined && !mayLackMetadata) {
      throw new GuaranteeViolation('a listed backup has its metadata', backup.id);
    }
  }
  for (const state of acknowledged.saved) {
    if (restorable.has(state) || acknowledged.mayBePruned(state, restorable)) continue;
    throw new GuaranteeViolation('every acknowledged state can be restored', `state ${state.toString()} is gone`);
  }
  for (const id of acknowledged.pinned.keys()) {
    const found = catalog.backups.find((backup) => backup.id === id);
    if (found?.metadata?.pinned === true) continue;
    throw new GuaranteeViolation(
      'a pinned backup stays',
      `${id} is ${found === undefined ? 'gone' : 'no longer pinned'}`,
    );
  }
  const { emergency } = acknowledged;
  if (emergency !== undefined && !catalog.backups.some(({ id }) => id === emergency)) {
    throw new GuaranteeViolation('the newest restore can be undone', `${emergency} is gone`);
  }
  return Promise.resolve();
}

type ReadImage = EngineProcess['engine']['readBackupImage'];

/** The state, or what is wrong with the backup. */
function contentIn(backup: Backup, readImage: ReadImage, { ports }: EngineProcess['context']): number | string {
  try {
    return decodeImage(readImage(backup, ports));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Everything that the last completed sync reported as copied must exist and be complete. */
async function checkCopies({ acknowledged, world }: Simulation, { engine }: EngineProcess): Promise<void> {
  const folder = world.disk.find(TARGET);
  if (folder?.kind !== 'folder') throw new Error('The target is gone');
  if (folder.names.size > 1 && !acknowledged.hasLostStore) {
    throw new GuaranteeViolation('a store keeps its folder at a target', [...folder.names.keys()].join(' and '));
  }
  for (const id of acknowledged.copies) {
    const broken = (why: string): GuaranteeViolation =>
      new GuaranteeViolation('every reported copy is at the target', `${id}: ${why}`);
    const found = [...folder.names.keys()].find(
      (name) => contentOf(world, `${TARGET}/${name}/${id}.json`) !== undefined,
    );
    if (found === undefined) throw broken('no metadata');
    const copy = engine.parseCopyMetadata(contentOf(world, `${TARGET}/${found}/${id}.json`) ?? Buffer.alloc(0));
    const content = contentOf(world, `${TARGET}/${found}/${id}.db.gz`);
    if (copy === undefined || content === undefined) throw broken('no complete copy');
    try {
      const state = decodeImage(await engine.unpackCopy(id, content, copy, TARGET));
      if (typeof state === 'string') throw broken(state);
    } catch (error) {
      if (error instanceof GuaranteeViolation) throw error;
      throw broken(error instanceof Error ? error.message : String(error));
    }
  }
}

function contentOf({ disk }: Simulation['world'], path: string): Buffer | undefined {
  const node = disk.find(path);
  return node?.kind === 'file' ? node.bytes : undefined;
}

/** After a completed backup, the store contains only the expected files. */
function checkLeftovers({ disk }: Simulation['world']): void {
  const store = disk.find(STORE);
  if (store?.kind !== 'folder') throw new GuaranteeViolation('a fresh process recovers', 'there is no store');
  const names = new Set(store.names.keys());
  for (const name of names) {
    const [, id] = /^(features_.*)\.json$/.exec(name) ?? [];
    const isOrphan = id !== undefined && !names.has(`${id}.db`) && !names.has(`${id}.db.gz`);
    if (isOrphan || name.startsWith('.tmp-') || (name.startsWith('.lock') && !isGarbage(store.names.get(name)))) {
      throw new GuaranteeViolation('nothing is left behind', name);
    }
  }
  const staged = namesIn(disk, ROOT).filter((name) => name.includes('.restore-'));
  // A staged database, the bridge, and one side file of each kind: the possible leftovers of a single restore.
  if (staged.length > MAX_STAGED)
    throw new GuaranteeViolation('a restore leaves a limited number of files', staged.join(', '));
}

const MAX_STAGED = 4;

/** A power failure damaged it in a lock's place: the engine cannot recognise it, so it keeps it. */
function isGarbage(node: DiskNode | undefined): boolean {
  if (node?.kind !== 'file') return false;
  // One value for each write that extended the file without its data; a record has far more.
  return new Set(node.bytes).size <= 3;
}

/** After a completed restore, only SQLite's files are beside the live database. */
export function checkNothingStaged({ world }: Simulation): void {
  const staged = namesIn(world.disk, ROOT).filter((name) => name.includes('.restore-'));
  if (staged.length > 0)
    throw new GuaranteeViolation('a restore removes its temporary files', `${staged.join(', ')} beside ${DATABASE}`);
}

function namesIn(disk: Simulation['world']['disk'], path: string): readonly string[] {
  const folder = disk.find(path);
  return folder?.kind === 'folder' ? [...folder.names.keys()] : [];
}
