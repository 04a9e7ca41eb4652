import type { Layout } from './layout.js';
import { readPayload } from './payload.js';
import { parseRecord } from './record.js';
import { parseTablePage } from './tablePage.js';

/** A row of `sqlite_schema`. */
export interface SchemaEntry {
  readonly type: string;
  readonly name: string;
  readonly rootPage: number;
  /** Empty for internal entries. */
  readonly sql: string;
}

export interface Schema {
  readonly entries: readonly SchemaEntry[];
  /** False if a part could not be read, or the b-tree is invalid. */
  readonly complete: boolean;
}

/** Reads `sqlite_schema`, whose root is page 1, without SQLite: before SQLite opens the image, or if SQLite fails. */
export function readSchema(layout: Layout): Schema {
  const entries: SchemaEntry[] = [];
  const visited = new Set<number>();
  let complete = true;
  const pending = [1];
  for (let page = pending.pop(); page !== undefined; page = pending.pop()) {
    const parsed = visited.has(page) ? undefined : parseTablePage(layout, page);
    visited.add(page);
    if (parsed === undefined || parsed.badCells > 0) complete = false;
    if (parsed?.kind === 'interior') pending.push(...parsed.children.map((child) => child.page));
    if (parsed?.kind !== 'leaf') continue;
    const read = parsed.cells.flatMap((cell) => {
      const payload = readPayload(layout, cell);
      return (payload && parseEntry(layout, payload)) ?? [];
    });
    if (read.length < parsed.cells.length) complete = false;
    entries.push(...read);
  }
  return { entries, complete };
}

function parseEntry(layout: Layout, payload: Buffer): SchemaEntry | undefined {
  const [type, name, , rootPage, sql] = parseRecord(payload, layout.encoding)?.values ?? [];
  if (typeof type !== 'string' || typeof name !== 'string') return undefined;
  if (sql !== null && typeof sql !== 'string') return undefined;
  return { type, name, rootPage: typeof rootPage === 'bigint' ? Number(rootPage) : 0, sql: sql ?? '' };
}
