import { asBackupError, systemOf, type BackupError, type FileSystem, type Ports } from '../system/index.js';
import {
  newestFirst,
  readStoreNames,
  parseIsoTime,
  checkStore,
  parseWithin,
  readMetadata,
  isBudgetExceeded,
  LISTED_BACKUP_BYTES,
  ReadingBudget,
  metadataPath,
  type Backup,
  type BackupMetadata,
} from '../store/index.js';
import type { Project } from '../project/index.js';
import { lastRecord, lastIntactRecord, readSegment, withSegment, type Segment } from './readSegment.js';
import { recordBytes, segmentDamaged } from './segmentFormat.js';
import { segmentsAmong, type SegmentFile } from './segmentNames.js';
import { inflateMetadata, parseStateMetadata } from './stateMetadata.js';

/** The backups that retention has archived. */
export interface History {
  /** Newest first, each with the id of its archived backup. */
  readonly states: readonly Backup[];
  readonly sizeBytes: number;
  /** Errors of reading the segments; `states` lacks the states affected. */
  readonly problems: readonly BackupError[];
}

export interface HistorySummary {
  readonly stateCount: number;
  readonly sizeBytes: number;
  /** When the oldest state was made. */
  readonly oldest: Date | undefined;
  /** The number of unreadable segments, whose states are not counted. Undefined if none. */
  readonly unreadableCount?: number | undefined;
}

/**
 * The states that exist only in the history, newest first. A damaged segment hides only its lost states; `problems`
 * reports it, and also if the history is too large to list completely. Throws `unsafe-store`.
 */
export function listHistory(project: Project, ports: Ports): History {
  const names = namesIn(project, ports);
  const budget = new ReadingBudget(project.storePath, {}, systemOf(ports));
  const listed = new ListedStates(project.storePath, names, ports.files, budget);
  const problems: BackupError[] = [];
  let sizeBytes = 0;
  let isIncomplete = false;
  for (const file of segmentsAmong(project.storePath, names, ports.files)) {
    sizeBytes += file.sizeBytes;
    if (isIncomplete) continue;
    const problem = addStates(file, listed, ports.files, budget);
    if (problem === undefined) continue;
    problems.push(problem);
    isIncomplete = isBudgetExceeded(problem);
  }
  return { states: listed.all().sort(newestFirst), sizeBytes, problems };
}

/** Lists each state once, under a unique name. */
class ListedStates {
  readonly #states = new Map<string, Backup>();
  readonly #backups = new Map<string, Partial<BackupMetadata>>();
  readonly #names: ReadonlySet<string>;

  constructor(
    private readonly storePath: string,
    names: readonly string[],
    private readonly files: FileSystem,
    private readonly budget: ReadingBudget,
  ) {
    this.#names = new Set(names);
  }

  /** Throws the errors of the budget. */
  add(state: Backup): void {
    this.budget.spend(0);
    for (let number = 1; number <= MAX_NAMESAKES; number += 1) {
      const id = number === 1 ? state.id : numbered(state.id, number);
      const namesake = this.#metadataOf(id);
      if (namesake === undefined) {
        this.#states.set(id, { ...state, id });
        return;
      }
      // The same state: it was archived twice, or a crash left both the backup and its archived state.
      if (namesake.sha256 === state.metadata?.sha256) return;
    }
  }

  all(): Backup[] {
    return [...this.#states.values()];
  }

  /** The metadata of the backup or state that already has this name. */
  #metadataOf(id: string): Partial<BackupMetadata> | undefined {
    const isBackup = this.#names.has(`${id}.db`) || this.#names.has(`${id}.db.gz`);
    if (isBackup) return this.#ofBackup(id);
    return this.#states.get(id)?.metadata;
  }

  /** Cached, because many states can have the same name. */
  #ofBackup(id: string): Partial<BackupMetadata> {
    const known = this.#backups.get(id);
    if (known !== undefined) return known;
    const { sha256 } = readMetadata(metadataPath(this.storePath, id), this.files, this.budget).metadata ?? {};
    this.#backups.set(id, { sha256 });
    return { sha256 };
  }
}

const MAX_NAMESAKES = 1000;

/** If several backups are made in one second and few are kept, a name can be reused. */
function numbered(id: string, number: number): string {
  const [, start, rest] = /^(features_\d+_\d{8}-\d{6})(?:-\d+)?(_.*)$/s.exec(id) ?? [];
  const suffix = `-${number.toString()}`;
  return start === undefined || rest === undefined ? id + suffix : start + suffix + rest;
}

/** Fast, because it is needed often: reads only the last record of each segment. Throws `unsafe-store`. */
export function historySummary(project: Project, ports: Ports): HistorySummary {
  let stateCount = 0;
  let sizeBytes = 0;
  let oldestMs = Infinity;
  let unreadableCount = 0;
  const budget = new ReadingBudget(project.storePath, {}, systemOf(ports));
  for (const file of segmentsAmong(project.storePath, namesIn(project, ports), ports.files)) {
    const extent = extentOf(file, ports.files, budget);
    sizeBytes += file.sizeBytes;
    if (extent.stateCount === 0) unreadableCount += 1;
    stateCount += extent.stateCount;
    oldestMs = Math.min(oldestMs, extent.oldestMs);
  }
  const oldest = Number.isFinite(oldestMs) ? new Date(oldestMs) : undefined;
  return { stateCount, sizeBytes, oldest, ...(unreadableCount > 0 && { unreadableCount }) };
}

function namesIn(project: Project, ports: Ports): readonly string[] {
  checkStore(project, ports);
  return readStoreNames(project.storePath, ports);
}

interface Extent {
  readonly stateCount: number;
  readonly oldestMs: number;
}

function extentOf({ path }: SegmentFile, files: FileSystem, budget: ReadingBudget): Extent {
  try {
    budget.spend(0);
    const last = withSegment(path, files, lastRecord) ?? lastIntactRecord(path, files, budget);
    if (last !== undefined) return { stateCount: last.index + 1, oldestMs: last.oldestMs };
  } catch {
    // Listing the history reports the problem.
  }
  return { stateCount: 0, oldestMs: Infinity };
}

/** Adds all readable states, and returns the problem with the segment. */
function addStates(
  { path }: SegmentFile,
  listed: ListedStates,
  files: FileSystem,
  budget: ReadingBudget,
): BackupError | undefined {
  try {
    budget.spend(0);
    const segment = readSegment(path, files, budget);
    for (const state of describeStates(segment, budget)) listed.add(state);
    return segment.isBroken ? segmentDamaged(path, `data after byte ${segment.endsAt.toString()} is lost`) : undefined;
  } catch (error) {
    return asBackupError(error, 'read the history', path);
  }
}

/** Throws the errors of the budget. */
function describeStates({ path, records }: Segment, budget: ReadingBudget): readonly Backup[] {
  const states: Backup[] = [];
  let first: string | undefined;
  for (const record of records) {
    const text = inflateMetadata(record.metadata, first);
    first ??= text;
    budget.spend(LISTED_BACKUP_BYTES);
    const known = text === undefined ? undefined : parseStateMetadata(text, (json) => parseWithin(json, budget));
    if (known === undefined) continue;
    const { id, metadata } = known;
    const { featureCount: total, passingCount: passing, inProgressCount: inProgress } = metadata;
    states.push({
      id,
      kind: 'ordinary',
      path,
      compressed: false,
      createdAt: parseIsoTime(metadata.timestamp) ?? new Date(record.oldestMs),
      reason: metadata.reason,
      sizeBytes: recordBytes(record),
      counts: {
        ...(total !== undefined && { total }),
        ...(passing !== undefined && { passing }),
        ...(inProgress !== undefined && { inProgress }),
      },
      content: 'database',
      metadata: { ...metadata, sha256: record.sha256, backupSizeBytes: record.imageBytes },
      history: { segmentPath: path, index: record.index },
    });
  }
  return states;
}
