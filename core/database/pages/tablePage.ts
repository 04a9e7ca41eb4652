import { pageAt, type Layout } from './layout.js';
import { readVarint } from './varint.js';

/** A page of a table's b-tree (SQLite file format, 1.6), with its valid cells. */
export type TablePage =
  | { readonly kind: 'leaf'; readonly cells: readonly LeafCell[]; readonly badCells: number }
  | { readonly kind: 'interior'; readonly children: readonly ChildPointer[]; readonly badCells: number };

export interface LeafCell {
  readonly rowid: number;
  readonly payloadLength: number;
  /** The part of the payload on this page. */
  readonly local: Buffer;
  /** Zero if the page contains the whole payload. */
  readonly firstOverflowPage: number;
}

export interface ChildPointer {
  readonly page: number;
  /** The largest rowid below it; Infinity for the right-most child. */
  readonly maxRowid: number;
}

const LEAF = 0x0d;
const INTERIOR = 0x05;

/** Undefined if the page is missing, truncated, or of another kind. */
export function parseTablePage(layout: Layout, pageNumber: number): TablePage | undefined {
  const page = pageAt(layout, pageNumber);
  if (page === undefined) return undefined;
  const header = pageNumber === 1 ? 100 : 0;
  const type = page[header];
  if (type !== LEAF && type !== INTERIOR) return undefined;
  const pointers = readCellPointers(layout, page, header, type === LEAF ? 8 : 12);
  if (pointers === undefined) return undefined;
  return type === LEAF ? parseLeaf(layout, page, pointers) : parseInterior(layout, page, header, pointers);
}

function readCellPointers(layout: Layout, page: Buffer, header: number, headerLength: number): number[] | undefined {
  const count = page.readUInt16BE(header + 3);
  const start = header + headerLength;
  const end = start + count * 2;
  if (end > layout.usableBytes) return undefined;
  const pointers: number[] = [];
  for (let at = start; at < end; at += 2) pointers.push(page.readUInt16BE(at));
  // A pointer into the header or the pointer array is invalid; -1 makes it count as a bad cell.
  return pointers.map((pointer) => (pointer >= end && pointer < layout.usableBytes ? pointer : -1));
}

function parseLeaf(layout: Layout, page: Buffer, pointers: readonly number[]): TablePage {
  const cells = pointers.flatMap((pointer) => parseLeafCell(layout, page, pointer) ?? []);
  return { kind: 'leaf', cells, badCells: pointers.length - cells.length };
}

function parseLeafCell(layout: Layout, page: Buffer, pointer: number): LeafCell | undefined {
  const payload = readVarint(page, pointer);
  const rowid = payload && readVarint(page, pointer + payload.length);
  if (payload === undefined || rowid === undefined || pointer < 0) return undefined;
  if (payload.value < 0 || payload.value > layout.image.length) return undefined;
  const start = pointer + payload.length + rowid.length;
  const localLength = localPayloadLength(layout.usableBytes, payload.value);
  const spills = localLength < payload.value;
  if (start + localLength + (spills ? 4 : 0) > layout.usableBytes) return undefined;
  return {
    rowid: rowid.value,
    payloadLength: payload.value,
    local: page.subarray(start, start + localLength),
    firstOverflowPage: spills ? page.readUInt32BE(start + localLength) : 0,
  };
}

/** The length of a payload's local part on a table leaf: X, M and K of the file format's 1.6. */
function localPayloadLength(usableBytes: number, payloadLength: number): number {
  const max = usableBytes - 35;
  if (payloadLength <= max) return payloadLength;
  const min = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  const preferred = min + ((payloadLength - min) % (usableBytes - 4));
  return preferred <= max ? preferred : min;
}

function parseInterior(layout: Layout, page: Buffer, header: number, pointers: readonly number[]): TablePage {
  const children = pointers.flatMap((pointer) => parseInteriorCell(layout, page, pointer) ?? []);
  const badCells = pointers.length - children.length;
  const last = page.readUInt32BE(header + 8);
  return { kind: 'interior', children: [...children, { page: last, maxRowid: Infinity }], badCells };
}

function parseInteriorCell(layout: Layout, page: Buffer, pointer: number): ChildPointer | undefined {
  if (pointer < 0 || pointer + 5 > layout.usableBytes) return undefined;
  const key = readVarint(page, pointer + 4);
  return key && { page: page.readUInt32BE(pointer), maxRowid: key.value };
}
