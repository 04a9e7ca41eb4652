import type { Backup } from '../../../core/store/backup.js';
import type { Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import type { Engine } from '../engine/engine.js';
import { decodeImage } from '../live/states.js';
import { Random } from '../random.js';
import { PromiseBroken } from './broken.js';
import type { Operation } from './scenario.js';

/** The reports of an operation: before an irreversible change, and after an acknowledgement. */
export type Report =
  | { readonly kind: 'backedUp'; readonly sha256: string | undefined; readonly id: string }
  | { readonly kind: 'restoring'; readonly state: number }
  | { readonly kind: 'restored'; readonly state: number; readonly emergency: string | undefined }
  | { readonly kind: 'pinned' | 'unpinning' | 'deleting'; readonly id: string; readonly sha256: string | undefined }
  | { readonly kind: 'restoreEnded' }
  | { readonly kind: 'copying' }
  | { readonly kind: 'copied'; readonly ids: readonly string[] };

export interface OperationContext {
  readonly engine: Engine;
  readonly ports: Ports;
  readonly project: Project;
  readonly report: (report: Report) => void;
}

/** Runs one operation of the engine like a front end. Throws the errors of the engine. */
export async function perform(operation: Operation, seed: number, context: OperationContext): Promise<void> {
  await PERFORM[operation](context, new Random(seed));
}

const PERFORM: Readonly<Record<Operation, (context: OperationContext, random: Random) => Promise<void>>> = {
  backup: async ({ engine, ports, project, report }, random) => {
    const source = random.pick(['mcp', 'watch', 'cli'] as const);
    const outcome = await engine.createBackup(project, { source, reason: 'simulated' }, ports, {
      lockTimeoutMs: 15_000,
    });
    if (outcome.status === 'damaged')
      throw new PromiseBroken('a snapshot is a committed state', outcome.problems.join());
    report({ kind: 'backedUp', sha256: outcome.backup.metadata?.sha256, id: outcome.backup.id });
  },
  cleanUp: async ({ engine, ports, project }) => {
    await engine.cleanUp(project, ports);
  },
  pin: async ({ engine, ports, project, report }, random) => {
    const backup = choose(engine.readCatalog(project, ports).backups, random);
    if (backup === undefined) return;
    const pinned = await engine.pin(project, backup, ports);
    report({ kind: 'pinned', id: pinned.id, sha256: pinned.metadata?.sha256 });
  },
  unpin: async ({ engine, ports, project, report }, random) => {
    const backup = choose(engine.readCatalog(project, ports).backups, random);
    if (backup === undefined) return;
    report({ kind: 'unpinning', id: backup.id, sha256: backup.metadata?.sha256 });
    await engine.unpin(project, backup, ports);
  },
  delete: async ({ engine, ports, project, report }, random) => {
    const backup = choose(engine.readCatalog(project, ports).backups, random);
    if (backup === undefined || backup.metadata?.pinned === true) return;
    report({ kind: 'deleting', id: backup.id, sha256: backup.metadata?.sha256 });
    await engine.deleteBackup(project, backup, {}, ports);
  },
  verify: async ({ engine, ports, project }) => {
    const { backups } = engine.readCatalog(project, ports);
    await engine.verifyBackups(project, backups, { quarantine: true }, ports);
  },
  restore: async (context, random) => {
    const { engine, ports, project } = context;
    const catalog = engine.readCatalog(project, ports).backups;
    const fromHistory = random.chance(0.3) ? engine.listHistory(project, ports).states : [];
    const backup = choose([...catalog, ...fromHistory], random);
    if (backup !== undefined) await restore(backup, context);
  },
  undo: async (context) => {
    const { engine, ports, project } = context;
    const emergency = engine.readCatalog(project, ports).backups.find(({ kind }) => kind === 'emergency');
    if (emergency !== undefined) await restore(emergency, context);
  },
  replicate: async ({ engine, ports, project, report }) => {
    report({ kind: 'copying' });
    const { targets } = await engine.replicate(project, {}, ports);
    const [outcome] = targets;
    if (outcome?.problem === undefined) report({ kind: 'copied', ids: outcome?.copied ?? [] });
  },
};

async function restore(backup: Backup, { engine, ports, project, report }: OperationContext): Promise<void> {
  const state = decodeImage(engine.readBackupImage(backup, ports));
  if (typeof state === 'string') return;
  report({ kind: 'restoring', state });
  const outcome = await engine.restoreBackup(project, backup, {}, ports);
  report({ kind: 'restoreEnded' });
  if (outcome.status !== 'restored') return;
  report({ kind: 'restored', state, emergency: outcome.emergency?.id });
}

function choose(backups: readonly Backup[], random: Random): Backup | undefined {
  return backups.length === 0 ? undefined : random.pick(backups);
}
