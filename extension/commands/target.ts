import { isRecord } from '../../core/system/index.js';

/** The target of a command: rows of the tree, or `{ root, id }` from other code; empty from the palette. */
export interface Target {
  readonly root: string | undefined;
  readonly backups: readonly TargetBackup[];
  /** Of a problem's row. */
  readonly problemId?: string | undefined;
}

export interface TargetBackup {
  readonly root: string;
  readonly id: string;
}

/** Key bindings pass this flag instead of a row, to use the selection of the view. */
export function isOnSelection(args: readonly unknown[]): boolean {
  return isRecord(args[0]) && args[0].isOnSelection === true;
}

/** VS Code passes the clicked row and all selected rows to commands of context menus. */
export function parseTarget(args: readonly unknown[]): Target {
  const [clicked, selected] = args;
  const rows: readonly unknown[] = Array.isArray(selected) && selected.includes(clicked) ? selected : [clicked];
  const backups = rows.map(parseBackup).filter((backup) => backup !== undefined);
  const problemId = parseProblemId(clicked);
  return { root: parseRoot(clicked), backups, ...(problemId !== undefined && { problemId }) };
}

function parseRoot(value: unknown): string | undefined {
  return isRecord(value) && typeof value.root === 'string' ? value.root : undefined;
}

function parseProblemId(value: unknown): string | undefined {
  if (!isRecord(value) || value.kind !== 'problem' || !isRecord(value.problem)) return undefined;
  return typeof value.problem.id === 'string' ? value.problem.id : undefined;
}

/** A tree node contains the backup; other callers pass its id. */
function parseBackup(value: unknown): TargetBackup | undefined {
  const root = parseRoot(value);
  if (root === undefined || !isRecord(value)) return undefined;
  if (value.kind === undefined && typeof value.id === 'string') return { root, id: value.id };
  if (value.kind !== 'backup' || !isRecord(value.backup) || typeof value.backup.id !== 'string') return undefined;
  return { root, id: value.backup.id };
}
