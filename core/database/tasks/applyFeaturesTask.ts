import type { OpenImage } from '../openImage.js';
import type { SqlParameter } from '../sqlEngine.js';
import type { FeatureRow, RawValue } from '../feature.js';
import { featureFromValues } from '../featureFromValues.js';
import { requireFeatureTable, requireIntactTrees, type ColumnInfo, type FeatureTable } from './featureTable.js';

export interface AppliedFeatures {
  /** Self-contained. A plain `Uint8Array` if it comes from a worker. */
  readonly image: Uint8Array;
  /** Features that now depend on missing features. */
  readonly danglingDependencies: readonly DanglingDependency[];
}

export interface DanglingDependency {
  readonly id: number;
  readonly missing: readonly number[];
}

/** Writes the rows in one transaction without the table's triggers, so no other row changes. */
export function applyFeaturesTask(database: OpenImage, rows: readonly FeatureRow[]): AppliedFeatures {
  requireIntactTrees(database);
  const table = requireFeatureTable(database);
  database.run('PRAGMA journal_mode=MEMORY');
  database.run('BEGIN IMMEDIATE');
  const triggers = dropTriggers(database);
  for (const row of rows) writeRow(database, table, row);
  for (const sql of triggers) database.run(sql);
  database.run('COMMIT');
  const danglingDependencies = findDanglingDependencies(database, table, rows);
  return { image: database.exportImage(), danglingDependencies };
}

function dropTriggers(database: OpenImage): readonly string[] {
  const triggers = [
    ...database.rows(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = 'features' ORDER BY rowid",
    ),
  ];
  for (const [name] of triggers) database.run(`DROP TRIGGER "${String(name).replaceAll('"', '""')}"`);
  return triggers.map(([, sql]) => String(sql));
}

/** An existing row keeps the columns that the source lacks. */
function writeRow(database: OpenImage, table: FeatureTable, row: FeatureRow): void {
  const idColumn = table.columns.id ?? 'rowid';
  const writable = table.allColumns.filter(({ generated }) => !generated);
  const shared = writable.filter(({ name, quoted }) => quoted !== idColumn && hasValue(row, name));
  const exists = database.firstRow(`SELECT 1 FROM ${table.table} WHERE ${idColumn} = ?`, [row.id]) !== undefined;
  if (exists) {
    if (shared.length === 0) return;
    const values = shared.map((column) => bind(valueFor(column, row)));
    const assignments = shared.map(({ quoted }, index) => `${quoted} = ${values[index]?.sql ?? '?'}`).join(', ');
    const parameters = [...values.map(({ parameter }) => parameter), row.id];
    database.run(`UPDATE ${table.table} SET ${assignments} WHERE ${idColumn} = ?`, parameters);
    return;
  }
  const insertedColumns = writable.filter(
    ({ quoted, name, required }) => quoted !== idColumn && (hasValue(row, name) || required),
  );
  const values = insertedColumns.map((column) => bind(valueFor(column, row)));
  const names = [idColumn, ...insertedColumns.map(({ quoted }) => quoted)].join(', ');
  const placeholders = ['?', ...values.map(({ sql }) => sql)].join(', ');
  const parameters = [row.id, ...values.map(({ parameter }) => parameter)];
  database.run(`INSERT INTO ${table.table} (${names}) VALUES (${placeholders})`, parameters);
}

/** A column can be named `constructor`, which every object inherits. */
function hasValue({ values }: FeatureRow, column: string): boolean {
  return Object.hasOwn(values, column);
}

/** A newer schema can require a value where an older one has NULL or no column. */
function valueFor(column: ColumnInfo, row: FeatureRow): RawValue {
  const value = (hasValue(row, column.name) ? row.values[column.name] : undefined) ?? null;
  if (value !== null || !column.required) return value;
  if (/json/i.test(column.declaredType)) return '[]';
  return /char|clob|text/i.test(column.declaredType) ? '' : 0n;
}

/** sql.js binds integers above 32 bits as reals and bigints as text; the cast restores the type. */
function bind(value: RawValue): { readonly sql: string; readonly parameter: SqlParameter } {
  if (typeof value === 'bigint') return { sql: 'CAST(? AS INTEGER)', parameter: value.toString() };
  if (typeof value === 'number') return { sql: 'CAST(? AS REAL)', parameter: value };
  return { sql: '?', parameter: value };
}

function findDanglingDependencies(
  database: OpenImage,
  { table, columns }: FeatureTable,
  rows: readonly FeatureRow[],
): readonly DanglingDependency[] {
  if (columns.dependencies === undefined) return [];
  const exists = (id: number): boolean =>
    database.firstRow(`SELECT 1 FROM ${table} WHERE ${columns.id ?? 'rowid'} = ?`, [id]) !== undefined;
  return rows.flatMap(({ id, values }) => {
    const { dependencies } = featureFromValues({ dependencies: values.dependencies });
    const missing = dependencies.filter((dependency) => !exists(dependency));
    return missing.length === 0 ? [] : [{ id, missing }];
  });
}
