import { BackupError } from '../../system/index.js';
import { FIELD_OF_COLUMN } from '../featureFromValues.js';
import type { OpenImage } from '../openImage.js';
import type { Feature } from '../feature.js';

/** The table `features`. `table` and `columns` are quoted names. */
export interface FeatureTable {
  readonly shape: 'ok';
  readonly table: string;
  /** The columns of the fields in this schema. */
  readonly columns: Partial<Readonly<Record<keyof Feature, string>>>;
  readonly allColumns: readonly ColumnInfo[];
}

export interface ColumnInfo {
  /** As in the schema. */
  readonly name: string;
  readonly quoted: string;
  readonly declaredType: string;
  readonly required: boolean;
  /** Generated columns cannot be written. */
  readonly generated: boolean;
}

/** Excludes a view or a virtual table with that name, because reading it could run arbitrary SQL. */
export function findFeatureTable(database: OpenImage): FeatureTable | { readonly shape: 'no-table' | 'other-shape' } {
  const row = database.firstRow(
    "SELECT name FROM sqlite_master WHERE lower(name) = 'features' AND type = 'table' AND rootpage > 0",
  );
  if (typeof row?.[0] !== 'string') return { shape: 'no-table' };
  const table = quoteName(row[0]);
  const allColumns = [...database.rows(`PRAGMA table_xinfo(${table})`)].map(([, name, type, required, , , hidden]) => ({
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

/** Throws `features-missing`. */
export function requireFeatureTable(database: OpenImage): FeatureTable {
  const found = findFeatureTable(database);
  if (found.shape === 'ok') return found;
  const reason =
    found.shape === 'no-table' ? 'has no table "features"' : 'has a table "features" without the expected columns';
  throw new BackupError(`The database ${reason}`, {
    code: 'features-missing',
    operation: 'find the features',
    hint: 'Check that this is the database of an AutoForge project.',
  });
}

/** For tasks that scan tables without a check before them. Throws `database-damaged`. */
export function requireIntactTrees(database: OpenImage): void {
  const result = String(database.firstRow('PRAGMA quick_check(1)')?.[0] ?? 'ok');
  if (result === 'ok') return;
  throw new BackupError(
    `The database is damaged: ${result.replace(/^\*\*\* in database \w+ \*\*\*\n/, '').slice(0, 300)}`,
    {
      code: 'database-damaged',
      operation: 'read the database',
      hint: 'Restore a backup, or salvage the features that can still be read.',
    },
  );
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
