import { readLayout } from './pages/layout.js';
import { readSchema, type SchemaEntry } from './pages/schema.js';

/**
 * Why SQLite should not read this image in this thread, where it cannot be interrupted; undefined for a plain schema.
 * Hazards are all expressions that a check or a scan could evaluate (generated columns, indexes on expressions, partial
 * indexes, virtual tables), and a schema with an invalid b-tree.
 */
export function findSchemaHazard(image: Buffer): string | undefined {
  const layout = readLayout(image);
  // SQLite refuses such a header too, or finds no schema.
  if (layout === undefined) return hasMagic(image) ? 'an unusual header' : undefined;
  if (image.length < layout.pageSizeBytes) return undefined;
  const schema = readSchema(layout);
  if (!schema.complete) return 'a damaged schema';
  if (schema.entries.length > MAX_ENTRIES) return 'a very large schema';
  const hazard = schema.entries.find((entry) => !isPlain(entry));
  return hazard && `${hazard.type} ${hazard.name}`;
}

const MAX_ENTRIES = 500;
const MAX_SQL_LENGTH = 100_000;

function isPlain({ type, sql }: SchemaEntry): boolean {
  if (sql.length > MAX_SQL_LENGTH) return false;
  if (type === 'table') return !HAZARD_IN_TABLE.test(sql);
  if (type === 'index') return sql === '' || PLAIN_INDEX.test(sql);
  // Reading tables never executes these.
  return type === 'view' || type === 'trigger';
}

/** Generated columns need AS. A comment could hide a hazard from the other patterns. */
const HAZARD_IN_TABLE = /\bas\b|\bvirtual\b|--|\/\*/i;

const NAME = '(?:\\w+|"[^"]*"|`[^`]*`|\\[[^\\]]*\\])';
const COLUMN = `${NAME}(?:\\s+COLLATE\\s+${NAME})?(?:\\s+(?:ASC|DESC))?`;
const PLAIN_INDEX = new RegExp(
  `^CREATE\\s+(?:UNIQUE\\s+)?INDEX\\s+${NAME}\\s+ON\\s+${NAME}\\s*\\(\\s*${COLUMN}(?:\\s*,\\s*${COLUMN})*\\s*\\)\\s*$`,
  'i',
);

function hasMagic(image: Buffer): boolean {
  return image.toString('latin1', 0, 15) === 'SQLite format 3';
}
