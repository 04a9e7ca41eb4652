import type { Layout } from '../pages/layout.js';
import { readSchema } from '../pages/schema.js';

/** The structure of the table `features`. */
export interface TableDescription {
  readonly source: 'schema' | 'assumed';
  /** Undefined if the schema is unreadable. */
  readonly rootPage: number | undefined;
  /** In the order of a record. */
  readonly columns: readonly string[];
  /** Roots of all other tables and of the indexes. */
  readonly otherRoots: readonly number[];
}

export function describeTable(layout: Layout): TableDescription {
  const { entries } = readSchema(layout);
  const table = entries.find(({ type, name }) => type === 'table' && name.toLowerCase() === 'features');
  const columns = table === undefined ? [] : parseColumnNames(table.sql);
  const otherRoots = entries.filter((entry) => entry !== table && entry.rootPage > 0).map(({ rootPage }) => rootPage);
  if (table === undefined || !isFeatureTable(columns) || /without\s+rowid/i.test(table.sql)) {
    return { source: 'assumed', rootPage: undefined, columns: ASSUMED_COLUMNS, otherRoots };
  }
  return { source: 'schema', rootPage: table.rootPage, columns, otherRoots };
}

/** New columns were added at the end, so records of older schemas are prefixes. */
const ASSUMED_COLUMNS: readonly string[] = [
  'id',
  'priority',
  'category',
  'name',
  'description',
  'steps',
  'passes',
  'in_progress',
  'dependencies',
  'needs_human_input',
  'human_input_request',
  'human_input_response',
];

function isFeatureTable(columns: readonly string[]): boolean {
  const names = columns.map((name) => name.toLowerCase());
  return names.includes('id') && names.includes('name');
}

/** The column names in a CREATE TABLE statement, without table constraints. */
export function parseColumnNames(sql: string): readonly string[] {
  const open = sql.indexOf('(');
  if (open < 0) return [];
  return splitAtTopLevel(sql.slice(open + 1)).flatMap((definition) => {
    const match = COLUMN_NAME.exec(definition);
    if (match === null) return [];
    const [, word, ...quoted]: readonly (string | undefined)[] = match;
    if (word !== undefined) return CONSTRAINT.test(word) ? [] : [word];
    return quoted.filter((name) => name !== undefined).map((name) => name.replaceAll('""', '"'));
  });
}

const COLUMN_NAME = /^\s*(?:([^\s"'`[(,)]+)|"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|'([^']*)')/;
const CONSTRAINT = /^(?:constraint|primary|unique|check|foreign)$/i;

/** Splits at commas outside parentheses and quotes, up to the closing parenthesis. */
function splitAtTopLevel(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"[^"]*"|'[^']*'|`[^`]*`|\[[^\]]*\]|[(),]/g)) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (depth >= 0 && !(token === ',' && depth === 0)) continue;
    parts.push(text.slice(start, index));
    start = index + 1;
    if (depth < 0) break;
  }
  return parts;
}
