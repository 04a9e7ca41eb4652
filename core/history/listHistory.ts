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
import { lastRecord, lastWholeRecord, readSegment, withSegment, type Segment } from './readSegment.js';
import { recordBytes, segmentDamaged } from './segmentFormat.js';
import { segmentsAmong, type SegmentFile } from './segmentNames.js';
import { inflateMetadata, parseStateMetadata } from './stateMetadata.js';

/** The states that retention has taken from the backups and folded into the history. */
export interface History {
  /** Newest first. Each keeps the id of the backup that it was. */
  readonly states: readonly Backup[];
  readonly sizeBytes: number;
  /** What could not be read of it; the states in it are not among `states`. */
  readonly problems: readonly BackupError[];
}

export interface HistorySummary {
  readonly stateCount: number;
  readonly sizeBytes: number;
  /** When the oldest state was made. */
  readonly oldest: Date | undefined;
  /** Segments that could not be read: their states are not counted. Undefined where all could. */
  readonly unreadableCount?: number | undefined;
}

/**
 * The states in the history that are no backups of their own any more, newest first. A damaged segment hides nothing but
 * what is lost in it: `problems` says which, and so does a history that is too large to be listed whole. Throws
 * `unsafe-store`.
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

/** Gives every state a name of its own, and each only once. */
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

  /** Throws what the budget throws. */
  add(state: Backup): void {
    this.budget.spend(0);
    for (let number = 1; number <= MAX_NAMESAKES; number += 1) {
      const id = number === 1 ? state.id : numbered(state.id, number);
      const namesake = this.#metadataOf(id);
      if (namesake === undefined) {
        this.#states.set(id, { ...state, id });
        return;
      }
      // A crash between folding a backup and removing its file leaves both: it is still a backup. Or it was folded twice.
      if (namesake.sha256 === state.metadata?.sha256) return;
    }
  }

  all(): Backup[] {
    return [...this.#states.values()];
  }

  /** Of whoever has this name already. */
  #metadataOf(id: string): Partial<BackupMetadata> | undefined {
    const isBackup = this.#names.has(`${id}.db`) || this.#names.has(`${id}.db.gz`);
    if (isBackup) return this.#ofBackup(id);
    return this.#states.get(id)?.metadata;
  }

  /** Read once, however many states claim the name. */
  #ofBackup(id: string): Partial<BackupMetadata> {
    const known = this.#backups.get(id);
    if (known !== undefined) return known;
    const { sha256 } = readMetadata(metadataPath(this.storePath, id), this.files, this.budget).metadata ?? {};
    this.#backups.set(id, { sha256 });
    return { sha256 };
  }
}

const MAX_NAMESAKES = 1000;

/** Where several are made in one second and retention keeps few, a name comes free and is given again. */
function numbered(id: string, number: number): string {
  const [, start, rest] = /^(features_\d+_\d{8}-\d{6})(?:-\d+)?(_.*)$/s.exec(id) ?? [];
  const suffix = `-${number.toString()}`;
  return start === undefined || rest === undefined ? id + suffix : start + suffix + rest;
}

/** How much history there is, from the end of each segment alone: for what is asked often. Throws `unsafe-store`. */
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
  return checkStore(project, ports) === 'missing' ? [] : readStoreNames(project.storePath, ports);
}

interface Extent {
  readonly stateCount: number;
  readonly oldestMs: number;
}

function extentOf({ path }: SegmentFile, files: FileSystem, budget: ReadingBudget): Extent {
  try {
    budget.spend(0);
    const last = withSegment(path, files, lastRecord) ?? lastWholeRecord(path, files, budget);
    if (last !== undefined) return { stateCount: last.index + 1, oldestMs: last.oldestMs };
  } catch {
    // Listing the history says what is wrong with it.
  }
  return { stateCount: 0, oldestMs: Infinity };
}

/** Returns what is wrong with the segment, whatever could be read of it. */
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
    return segment.isBroken
      ? segmentDamaged(path, `what follows byte ${segment.endsAt.toString()} is lost`)
      : undefined;
  } catch (error) {
    return asBackupError(error, 'read the history', path);
  }
}

/** Throws what the budget throws. */
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
