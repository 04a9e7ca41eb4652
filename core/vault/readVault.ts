import { basename } from 'node:path';
import { kindAt, type BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import {
  catalogOf,
  newestFirst,
  parseBackupName,
  readCatalog,
  readStoreNames,
  type Backup,
  type Catalog,
} from '../store/index.js';
import { listHistory, segmentNumber, type History } from '../history/index.js';
import { vaultFoldersOf, readVaultOrWarn } from './vaultFolder.js';

/** The backups in the store, and those that are only in the vault; newest first. */
export function readAllBackups(project: Project, ports: Ports): Catalog {
  const catalog = readCatalog(project, ports);
  const onlyInVault = backupsOnlyInVault(project, catalog, ports);
  if (onlyInVault.length === 0) return catalog;
  const backups = [...catalog.backups, ...onlyInVault].sort(newestFirst);
  return { ...catalog, backups, newest: backups.find(({ kind }) => kind === 'ordinary') };
}

/** The backups of a project that neither its store nor its history contains, newest first. */
export function backupsOnlyInVault(project: Project, { backups }: Catalog, ports: Ports): readonly Backup[] {
  return readVaultOrWarn([], ports, () => {
    const known = new Set(backups.map(({ id }) => id));
    const isUnknownBackup = (name: string): boolean => {
      const id = parseBackupName(name)?.id;
      return id !== undefined && !known.has(id);
    };
    const onlyInVault = new Map<string, Backup>();
    for (const folder of vaultFoldersOf(project, ports)) {
      const names = readStoreNames(folder, ports);
      if (!names.some(isUnknownBackup)) continue;
      // Archived backups stay in the vault until the next sync has copied the history.
      for (const { id } of listHistory(project, ports).states) known.add(id);
      for (const backup of catalogOf(
        folder,
        names.filter((name) => !isKnownBackup(name, known)),
        ports,
      ).backups) {
        if (!onlyInVault.has(backup.id)) onlyInVault.set(backup.id, { ...backup, isOnlyInVault: true });
      }
    }
    return [...onlyInVault.values()].sort(newestFirst);
  });
}

/** False for a metadata file: it is listed together with its image. */
function isKnownBackup(name: string, known: ReadonlySet<string>): boolean {
  const id = parseBackupName(name)?.id;
  return id !== undefined && known.has(id);
}

/** The states in the store's history, and those in segments that only the vault contains; the problems of both. */
export function readAllHistory(project: Project, ports: Ports): History {
  const history = listHistory(project, ports);
  return readVaultOrWarn(history, ports, () => {
    const local = new Set(readStoreNames(project.storePath, ports));
    const known = new Set(history.states.map(({ id }) => id));
    const states: Backup[] = [];
    const problems: BackupError[] = [];
    for (const folder of vaultFoldersOf(project, ports)) {
      if (!hasOtherSegments(folder, local, ports)) continue;
      const vaultHistory = listHistory({ ...project, root: folder, storePath: folder }, ports);
      // A damaged copy of a segment in the store hides nothing.
      problems.push(...vaultHistory.problems.filter(({ path }) => path === undefined || !local.has(basename(path))));
      for (const state of vaultHistory.states) {
        if (known.has(state.id) || local.has(basename(state.path))) continue;
        known.add(state.id);
        states.push({ ...state, isOnlyInVault: true });
      }
    }
    return {
      ...history,
      states: [...history.states, ...states].sort(newestFirst),
      problems: [...history.problems, ...problems],
    };
  });
}

function hasOtherSegments(folder: string, local: ReadonlySet<string>, ports: Ports): boolean {
  if (kindAt(folder, ports) !== 'folder') return false;
  return readStoreNames(folder, ports).some((name) => segmentNumber(name) !== undefined && !local.has(name));
}
