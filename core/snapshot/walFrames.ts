import type { FileWindow } from './fileWindow.js';
import type { GrowingImage } from './growingImage.js';
import { addWords, sameChecksum, readChecksum, type Checksum } from './walChecksum.js';
import { WAL_HEADER_BYTES, type WalHeader } from './walHeader.js';

/** The pages that the log adds: the newest committed frame of each. */
export interface CommittedFrames {
  readonly frameOfPage: ReadonlyMap<number, number>;
  /** The number of frames up to the last commit. */
  readonly frameCount: number;
  /** The database's size after the last commit, in pages; undefined without a commit. */
  readonly pageCount: number | undefined;
}

/** Reads the frames up to the first one that is incomplete or of another generation. */
export function findCommittedFrames(window: FileWindow, header: WalHeader, commitBoundary = true): CommittedFrames {
  const frameOfPage = new Map<number, number>();
  let pending: [page: number, frame: number][] = [];
  let lastCommit: Omit<CommittedFrames, 'frameOfPage'> = { frameCount: 0, pageCount: undefined };
  let checksum = header.checksum;
  for (let frame = 0; ; frame += 1) {
    const bytes = window.bytesAt(frameOffset(frame, header), FRAME_HEADER_BYTES + header.pageSizeBytes);
    const next = bytes && frameChecksum(bytes, header, checksum);
    if (!bytes || !next) break;
    checksum = next;
    pending.push([bytes.readUInt32BE(0), frame]);
    const committedPages = bytes.readUInt32BE(4);
    if (committedPages === 0 && commitBoundary) continue;
    for (const [page, at] of pending) frameOfPage.set(page, at);
    pending = [];
    lastCommit = { frameCount: frame + 1, pageCount: committedPages || lastCommit.pageCount };
  }
  return { frameOfPage, ...lastCommit };
}

/** Applies the committed pages to the database. False if a frame has changed since it was found. */
export function overlayFrames(
  image: GrowingImage,
  window: FileWindow,
  header: WalHeader,
  committed: CommittedFrames,
): boolean {
  if (committed.pageCount === undefined) return true;
  image.resize(committed.pageCount * header.pageSizeBytes);
  const inFileOrder = [...committed.frameOfPage].sort(([, one], [, other]) => one - other);
  for (const [page, frame] of inFileOrder) {
    const bytes = window.isFullyLoaded ? frameBytes(window, header, frame) : verifiedFrameBytes(window, header, frame);
    if (bytes?.readUInt32BE(0) !== page) return false;
    image.setPage(page, bytes.subarray(FRAME_HEADER_BYTES));
  }
  return true;
}

/** SQLite's "Database File Format", section 4.1. */
const FRAME_HEADER_BYTES = 24;

function frameOffset(frame: number, header: WalHeader): number {
  return WAL_HEADER_BYTES + frame * (FRAME_HEADER_BYTES + header.pageSizeBytes);
}

/** The checksum up to and including this frame; undefined if the frame is invalid. */
function frameChecksum(bytes: Buffer, header: WalHeader, before: Checksum): Checksum | undefined {
  if (bytes.readUInt32BE(0) === 0 || bytes.compare(header.salt, 0, 8, 8, 16) !== 0) return undefined;
  const afterHeader = addWords(before, bytes, 0, 8, header.isBigEndian);
  const after = addWords(afterHeader, bytes, FRAME_HEADER_BYTES, header.pageSizeBytes, header.isBigEndian);
  return sameChecksum(after, readChecksum(bytes, 16)) ? after : undefined;
}

function frameBytes(window: FileWindow, header: WalHeader, frame: number): Buffer | undefined {
  return window.bytesAt(frameOffset(frame, header), FRAME_HEADER_BYTES + header.pageSizeBytes);
}

/** Reads a frame again: its checksum must continue the one stored in the previous frame. */
function verifiedFrameBytes(window: FileWindow, header: WalHeader, frame: number): Buffer | undefined {
  const before = frame === 0 ? header.checksum : checksumOfFrame(window, header, frame - 1);
  const bytes = before && frameBytes(window, header, frame);
  return bytes && frameChecksum(bytes, header, before) ? bytes : undefined;
}

function checksumOfFrame(window: FileWindow, header: WalHeader, frame: number): Checksum | undefined {
  // Reads both frames at once, so the window only moves forwards.
  const both = window.bytesAt(frameOffset(frame, header), 2 * (FRAME_HEADER_BYTES + header.pageSizeBytes));
  return both && readChecksum(both, 16);
}
