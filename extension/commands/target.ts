import { isRecord } from '../../core/system/index.js';

/** What a command was called on: rows of the tree, or `{ root, id }` from other code; empty from the palette. */
export interface Target {
  readonly root: string | undefined;
  readonly backups: readonly TargetBackup[];
}

export interface TargetBackup {
  readonly root: string;
  readonly id: string;
}

/** What a key binding says instead of a row: the view's selection is meant. */
export function isOnSelection(args: readonly unknown[]): boolean {
  return isRecord(args[0]) && args[0].isOnSelection === true;
}

/** VS Code hands a context menu's command the row under the mouse, and all selected rows. */
export function parseTarget(args: readonly unknown[]): Target {
  const [clicked, selected] = args;
  const rows: readonly unknown[] = Array.isArray(selected) && selected.includes(clicked) ? selected : [clicked];
  const backups = rows.map(parseBackup).filter((backup) => backup !== undefined);
  return { root: parseRoot(clicked), backups };
}

function parseRoot(value: unknown): string | undefined {
  return isRecord(value) && typeof value.root === 'string' ? value.root : undefined;
}

/** A tree node holds the backup itself; others name it. */
function parseBackup(value: unknown): TargetBackup | undefined {
  const root = parseRoot(value);
  if (root === undefined || !isRecord(value)) return undefined;
  if (value.kind === undefined && typeof value.id === 'string') return { root, id: value.id };
  if (value.kind !== 'backup' || !isRecord(value.backup) || typeof value.backup.id !== 'string') return undefined;
  return { root, id: value.backup.id };
}
