import { BackupError } from '../../system/index.js';
import { FIELD_OF_COLUMN } from '../featureFromValues.js';
import type { OpenImage } from '../openImage.js';
import type { Feature } from '../feature.js';

/** The table of features, its names quoted for SQL. */
export interface FeatureTable {
  readonly shape: 'ok';
  readonly table: string;
  /** The column for each field that this schema has. */
  readonly columns: Partial<Readonly<Record<keyof Feature, string>>>;
  readonly allColumns: readonly ColumnInfo[];
}

export interface ColumnInfo {
  /** As the schema spells it. */
  readonly name: string;
  readonly quoted: string;
  readonly declaredType: string;
  readonly required: boolean;
  /** Generated columns cannot be written. */
  readonly generated: boolean;
}

/** A view or a virtual table by that name is no table of features: nobody knows what reading it would do. */
export function findFeatureTable(open: OpenImage): FeatureTable | { readonly shape: 'no-table' | 'other-shape' } {
  const row = open.firstRow(
    "SELECT name FROM sqlite_master WHERE lower(name) = 'features' AND type = 'table' AND rootpage > 0",
  );
  if (typeof row?.[0] !== 'string') return { shape: 'no-table' };
  const table = quoteName(row[0]);
  const allColumns = [...open.rows(`PRAGMA table_xinfo(${table})`)].map(([, name, type, required, , , hidden]) => ({
    name: String(name),
    quoted: quoteName(String(name)),
    declaredType: String(type),
    required: required === 1,
    generated: hidden !== 0,
  }));
  const columns = Object.fromEntries(
    allColumns.flatMap(({ name, quoted }) => {
      const field = FIELD_OF_COLUMN.get(name.toLowerCase());
      return field === undefined ? [] : [[field, quoted] as const];
    }),
  ) as FeatureTable['columns'];
  if (columns.id === undefined || columns.name === undefined) return { shape: 'other-shape' };
  return { shape: 'ok', table, columns, allColumns };
}

/** For what cannot go on without it; throws `features-missing`. */
export function requireFeatureTable(open: OpenImage): FeatureTable {
  const found = findFeatureTable(open);
  if (found.shape === 'ok') return found;
  const reason = found.shape === 'no-table' ? 'has no table of features' : 'has a table `features` of another shape';
  throw new BackupError(`The database ${reason}`, {
    code: 'features-missing',
    operation: 'find the table of features',
    hint: 'Check that this is the database of a project that has been started.',
  });
}

/** For tasks that need sound trees and get no check of their own from the caller; throws `database-damaged`. */
export function requireSoundTrees(open: OpenImage): void {
  const answer = String(open.firstRow('PRAGMA quick_check(1)')?.[0] ?? 'ok');
  if (answer === 'ok') return;
  throw new BackupError(
    `The database is damaged: ${answer.replace(/^\*\*\* in database \w+ \*\*\*\n/, '').slice(0, 300)}`,
    {
      code: 'database-damaged',
      operation: 'read the database',
      hint: 'Restore a backup of it, or restore one with --salvage to keep what can still be read.',
    },
  );
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
