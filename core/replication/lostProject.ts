import { basename } from 'node:path';
import { BackupError, countInWords, type Ports } from '../system/index.js';
import { isTemporary, readProjectRecordOrWarn, type KnownProject } from '../projects/index.js';
import { readCopyCounts, type CopyCount } from './targetRecords.js';
import { countCopies } from './vaultProjects.js';

/** A project whose record names a backup, but whose folder contains neither a database nor a backup. */
export interface LostProject extends KnownProject {
  readonly lastBackup: NonNullable<KnownProject['lastBackup']>;
  /** The number of backups in the vault, which can be restored. */
  readonly vaultCount: number;
  /** The recorded number of copies at each target. */
  readonly targets: readonly CopyCount[];
}

/** The first of these folders that had backups. For a caller that found neither a database nor a backup in any of them. */
export function findLostProject(folders: readonly string[], ports: Ports): LostProject | undefined {
  for (const folder of folders) {
    const record = readProjectRecordOrWarn(folder, `It is unknown whether ${folder} had backups`, ports);
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

/** The error message and hint for a lost project. */
export function describeLoss(lost: LostProject): { readonly message: string; readonly hint: string } {
  const { root, lastBackup } = lost;
  const { createdAt, features, passing } = lastBackup;
  const counts = [
    ...(features === undefined ? [] : [`${String(features)} features`]),
    ...(passing === undefined ? [] : [`${String(passing)} passing`]),
  ];
  const withCounts = counts.length === 0 ? '' : ` with ${counts.join(', ')}`;
  const at = createdAt.slice(0, 16).replace('T', ' ');
  return {
    message: `The database of ${root} and all its backups are missing; the last recorded backup is from ${at}${withCounts}`,
    hint: `${restoreHint(lost)}. If the project was deleted on purpose, run feature-backups forget with its folder`,
  };
}

function restoreHint({ root, vaultCount, targets }: LostProject): string {
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

/** Replaces `cause`, an error that no project was found. */
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
