import type { Layout } from '../pages/layout.js';
import { readPayload } from '../pages/payload.js';
import { parseRecord } from '../pages/record.js';
import type { LeafCell } from '../pages/tablePage.js';
import type { FeatureRow } from '../feature.js';
import { hasFeatureShape } from './featureShape.js';
import type { CandidateLeaf } from './findLeaves.js';
import type { SalvagedFeature } from './salvagedFeature.js';

export type SalvagedRow = Omit<SalvagedFeature, 'feature'>;

/** Converts cells into rows, and counts unreadable ones. */
export class RowReader {
  unreadableRows = 0;
  readonly #layout: Layout;
  readonly #columns: readonly string[];
  /** A limit, because cells that share a long overflow chain could expand a small file to terabytes. */
  #bytesLeft: number;

  constructor(layout: Layout, columns: readonly string[]) {
    this.#layout = layout;
    this.#columns = columns;
    this.#bytesLeft = layout.image.length * 4;
  }

  read(leaf: CandidateLeaf): readonly SalvagedRow[] {
    const found = leaf.cells.flatMap((cell) => this.#readCell(cell) ?? []);
    const unreadable = leaf.badCells + leaf.cells.length - found.length;
    const isFromTable = leaf.method === 'tree' || found.length > 0;
    if (isFromTable) this.unreadableRows += unreadable;
    return found
      .map(({ row, textIntact }) => ({
        row,
        method: leaf.method,
        pageNumber: leaf.pageNumber,
        isUnreliable: unreadable > 0 || !textIntact,
      }))
      .filter(({ method, isUnreliable }) => method !== 'loose-page' || !isUnreliable);
  }

  #readCell(cell: LeafCell): { row: FeatureRow; textIntact: boolean } | undefined {
    if (!Number.isSafeInteger(cell.rowid) || cell.payloadLength > this.#bytesLeft) return undefined;
    this.#bytesLeft -= cell.payloadLength;
    const payload = readPayload(this.#layout, cell);
    const record = payload && parseRecord(payload, this.#layout.encoding);
    if (record === undefined || !hasFeatureShape(record.values, this.#columns)) return undefined;
    const values = this.#columns.map((column, index) => {
      const value = record.values[index] ?? null;
      return [column, column.toLowerCase() === 'id' && value === null ? BigInt(cell.rowid) : value] as const;
    });
    return { row: { id: cell.rowid, values: Object.fromEntries(values) }, textIntact: record.textIntact };
  }
}
