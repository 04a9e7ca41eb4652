import type { Backup } from '../../../core/store/backup.js';
import type { Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import type { Engine } from '../engine/engine.js';
import { decodeImage } from '../live/states.js';
import { Random } from '../random.js';
import { GuaranteeViolation } from './guaranteeViolation.js';
import type { Operation } from './scenario.js';

/** The reports of an operation: before an irreversible change, and after an acknowledgement. */
export type Report =
  | { readonly kind: 'backedUp'; readonly sha256: string | undefined; readonly id: string; readonly isNew: boolean }
  | { readonly kind: 'restoring'; readonly state: number }
  | { readonly kind: 'restored'; readonly state: number; readonly emergency: string | undefined }
  | { readonly kind: 'pinned' | 'unpinning' | 'deleting'; readonly id: string; readonly sha256: string | undefined }
  | { readonly kind: 'restoreEnded' }
  | { readonly kind: 'copying' }
  | { readonly kind: 'copied'; readonly ids: readonly string[] }
  | { readonly kind: 'syncingVault'; readonly backups: readonly ListedInVault[]; readonly folder: string | undefined }
  | { readonly kind: 'vaultSynced'; readonly backups: readonly ListedInVault[] };

/** A backup or a state of the history, in the store or in the vault, when a sync of the vault begins. */
export interface ListedInVault {
  readonly id: string;
  readonly sha256: string | undefined;
  readonly isOrdinary: boolean;
  readonly isInHistory: boolean;
  readonly isOnlyInVault: boolean;
  /** Larger for newer backups, whatever the clock shows. */
  readonly sequence: number;
}

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
    const source = random.pick(project.configuration.vault ? SOURCES_WITH_AGENTS : SOURCES);
    const outcome = await engine.createBackup(project, { source, reason: 'simulated' }, ports, {
      lockTimeoutMs: 15_000,
    });
    if (outcome.status === 'damaged')
      throw new GuaranteeViolation('a snapshot is a committed state', outcome.problems.join());
    const { id, metadata } = outcome.backup;
    report({ kind: 'backedUp', sha256: metadata?.sha256, id, isNew: outcome.status === 'created' });
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
    const deleted = await engine.deleteBackup(project, backup, {}, ports);
    if (project.configuration.vault) engine.removeFromVault(project, [deleted], ports);
  },
  verify: async ({ engine, ports, project }) => {
    const { backups } = engine.readCatalog(project, ports);
    await engine.verifyBackups(project, backups, { quarantine: true }, ports);
  },
  restore: async (context, random) => {
    const { engine, ports, project } = context;
    const { vault } = project.configuration;
    const { backups: catalog } = vault ? engine.readAllBackups(project, ports) : engine.readCatalog(project, ports);
    const history = vault ? engine.readAllHistory : engine.listHistory;
    const fromHistory = random.chance(0.3) ? history(project, ports).states : [];
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
  syncVault: async (context) => {
    const { engine, ports, project, report } = context;
    const backups = listAll(context);
    const [folder] = engine.vaultFoldersOf(project, ports);
    report({ kind: 'syncingVault', backups, folder });
    const problem = await engine.syncVault(project, ports);
    if (problem !== undefined) throw problem;
    // Without a record, nothing was ever backed up here.
    if (engine.vaultFoldersOf(project, ports).length > 0) report({ kind: 'vaultSynced', backups });
  },
};

const SOURCES = ['mcp', 'watch', 'cli'] as const;
const SOURCES_WITH_AGENTS = [...SOURCES, 'agent-hook'] as const;

function listAll({ engine, ports, project }: OperationContext): readonly ListedInVault[] {
  const { backups } = engine.readAllBackups(project, ports);
  return [...backups, ...engine.readAllHistory(project, ports).states].map(
    ({ id, kind, metadata, history, isOnlyInVault, createdAt }) => ({
      id,
      sha256: metadata?.sha256,
      isOrdinary: kind === 'ordinary',
      isInHistory: history !== undefined,
      isOnlyInVault: isOnlyInVault === true,
      sequence: metadata?.sequence ?? createdAt.getTime(),
    }),
  );
}

export async function restore(backup: Backup, { engine, ports, project, report }: OperationContext): Promise<void> {
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
