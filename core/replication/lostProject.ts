import { basename } from 'node:path';
import { BackupError, countInWords, type Ports } from '../system/index.js';
import { isTemporary, readProjectRecordOrWarn, type KnownProject } from '../projects/index.js';
import { readCopyCounts, type CopyCount } from './targetMemory.js';
import { countCopies } from './vaultProjects.js';

/** Where the record says that backups existed, though neither a database nor a backup is there now. */
export interface LostProject extends KnownProject {
  readonly lastBackup: NonNullable<KnownProject['lastBackup']>;
  /** The number of backups in the vault, which can be restored. */
  readonly vaultCount: number;
  /** What is recorded of the targets. */
  readonly targets: readonly CopyCount[];
}

/** The first of these folders that had backups; for a caller that found neither a database nor a backup in them. */
export function findLostProject(folders: readonly string[], ports: Ports): LostProject | undefined {
  for (const folder of folders) {
    const record = readProjectRecordOrWarn(folder, `Whether ${folder} had backups is unknown`, ports);
    if (record === undefined || isTemporary(record.roots[0], ports)) continue;
    const [root] = record.roots;
    const { lastBackup } = record;
    return {
      ...{ root, name: basename(root), origins: ['recorded'], status: 'no-database', lastBackup },
      vaultCount: countCopies(record, ports),
      targets: readCopyCounts({ root, storePath: record.storePath }, ports),
    };
  }
  return undefined;
}

/** The loss in sentences, and what to do about it. */
export function describeLoss(lost: LostProject): { readonly message: string; readonly hint: string } {
  const { root, lastBackup } = lost;
  const { createdAt, features, passing } = lastBackup;
  const counts = [
    ...(features === undefined ? [] : [`${String(features)} features`]),
    ...(passing === undefined ? [] : [`${String(passing)} passing`]),
  ];
  const held = counts.length === 0 ? '' : ` with ${counts.join(', ')}`;
  const at = createdAt.slice(0, 16).replace('T', ' ');
  return {
    message: `The database of ${root} and all its backups are missing; the last recorded backup is from ${at}${held}`,
    hint: `${wayBack(lost)}. If the project was deleted on purpose, run feature-backups forget with its folder`,
  };
}

function wayBack({ root, vaultCount, targets }: LostProject): string {
  const places = [
    ...(vaultCount > 0 ? [`the vault contains ${countInWords(vaultCount, 'backup')}`] : []),
    ...targets.map(({ target, count }) => `the target ${target} contains ${countInWords(count, 'backup')}`),
  ];
  const [target] = targets;
  if (vaultCount > 0) return `${sentence(places)}. Run feature-backups restore ${root} last-good to restore it`;
  if (target !== undefined) {
    return `${sentence(places)}. Run feature-backups restore ${root} --from ${target.target} to restore it`;
  }
  return 'Restore the folder, or create it and run feature-backups restore there with --from and a target';
}

function sentence(parts: readonly string[]): string {
  const text = parts.join(', ');
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** An error that says so, in place of one that says that there is no project. */
export function lostProjectError(lost: LostProject, cause: unknown): BackupError {
  const { message, hint } = describeLoss(lost);
  return new BackupError(message, {
    code: 'database-not-found',
    operation: 'find the project',
    path: lost.root,
    hint: `${hint}.`,
    cause,
  });
}
