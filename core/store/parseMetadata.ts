import { isRecord, parseJson } from '../system/index.js';
import type { CheckKind } from '../database/index.js';
import type { DatabaseFingerprint } from '../snapshot/index.js';
import { METADATA_KEYS } from './metadata.js';
import type {
  BackupEvent,
  BackupMetadata,
  DrillReader,
  DrillRecord,
  GitPosition,
  SideFile,
  TriggerSource,
  Verification,
} from './backup.js';

/**
 * Parses a backup's `.json`. Written by hand for speed, as it runs thousands of times. Values of the wrong type are
 * dropped. Undefined if the text is not a JSON object or contains too many unknown values. No value is ever used as a
 * path.
 */
export function parseMetadata(text: string): BackupMetadata | undefined {
  const json = parseObject(text);
  const unknown = json && unknownKeys(json);
  if (json === undefined || unknown === undefined) return undefined;
  return {
    timestamp: asText(json.timestamp) ?? '',
    reason: asText(json.reason) ?? '',
    featureCount: asCount(json.feature_count),
    originalFile: asText(json.original_file),
    originalSizeBytes: asCount(json.original_size),
    backupSizeBytes: asCount(json.backup_size),
    format: asCount(json.format),
    sequence: asSequence(json.sequence),
    source: asSource(json.source),
    passingCount: asCount(json.passing_count),
    inProgressCount: asCount(json.in_progress_count),
    sha256: asSha256(json.sha256),
    verified: asVerification(json.verified),
    drilled: asDrillRecord(json.drilled),
    events: asList(json.events, asEvent),
    foldedEventCount: asCount(json.folded_event_count),
    git: asGitPosition(json.git),
    pinned: json.pinned === true,
    content: json.content === 'raw' || json.content === 'database' ? json.content : undefined,
    problems: Array.isArray(json.problems) ? asList(json.problems, asText) : undefined,
    sideFiles: Array.isArray(json.side_files) ? asList(json.side_files, asSideFile) : undefined,
    state: asFingerprint(json.state),
    unknown,
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Checked before parsing: a megabyte of empty arrays takes longer to parse than a hundred ordinary backups. */
function hasTooManyValues(text: string): boolean {
  if (text.length <= MAX_SEPARATORS) return false;
  let separators = 0;
  for (let at = 0; at < text.length && separators <= MAX_SEPARATORS; at += 1)
    if (SEPARATORS.has(text.charCodeAt(at))) separators += 1;
  return separators > MAX_SEPARATORS;
}

/** Real metadata has fewer, even with 200 events whose texts consist of commas. */
const MAX_SEPARATORS = 200_000;

const SEPARATORS: ReadonlySet<number> = new Set([',', '[', '{'].map((character) => character.charCodeAt(0)));

function parseObject(text: string): JsonObject | undefined {
  return hasTooManyValues(text) ? undefined : asObject(parseJson(text));
}

function asObject(value: unknown): JsonObject | undefined {
  return isRecord(value) ? value : undefined;
}

const KNOWN_KEYS: ReadonlySet<string> = new Set(METADATA_KEYS);

const EMPTY: JsonObject = Object.freeze({});

/** Undefined if too many or nested too deeply: dropping some of them would lose the data of a later version. */
function unknownKeys(json: JsonObject): JsonObject | undefined {
  // A fast path for the usual case, as this runs for every backup of a catalog.
  const keys = Object.keys(json).filter((key) => !KNOWN_KEYS.has(key));
  if (keys.length === 0) return EMPTY;
  const unknown = Object.fromEntries(keys.map((key) => [key, json[key]]));
  return Number.isFinite(countValues(unknown)) ? unknown : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Rejects a hostile number so large that no later backup could have a larger one. */
function asSequence(value: unknown): number | undefined {
  const sequence = asCount(value);
  return sequence !== undefined && sequence < MAX_SEQUENCE ? sequence : undefined;
}

/** The year 4199 in milliseconds. */
const MAX_SEQUENCE = 2 ** 46;

function asSha256(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
}

function asList<T>(value: unknown, parse: (item: unknown) => T | undefined): T[] {
  if (!Array.isArray(value)) return [];
  return value.map(parse).filter((item) => item !== undefined);
}

const SOURCES = ['mcp', 'agent-hook', 'git', 'editor', 'watch', 'schedule', 'cli', 'restore'] as const;

function asSource(value: unknown): TriggerSource | undefined {
  return SOURCES.find((source) => source === value);
}

function asEvent(value: unknown): BackupEvent | undefined {
  const event = asObject(value);
  const at = asText(event?.at);
  const source = asSource(event?.source);
  const reason = asText(event?.reason);
  if (at === undefined || source === undefined || reason === undefined) return undefined;
  return { at, source, reason, tool: asText(event?.tool), detail: asText(event?.detail) };
}

function asVerification(value: unknown): Verification | undefined {
  const verified = asObject(value);
  const at = asText(verified?.at);
  const check = CHECKS.find((kind) => kind === verified?.check);
  const ok = verified?.ok;
  return at === undefined || check === undefined || typeof ok !== 'boolean' ? undefined : { at, check, ok };
}

const CHECKS: readonly CheckKind[] = ['integrity_check', 'quick_check'];

function asDrillRecord(value: unknown): DrillRecord | undefined {
  const drilled = asObject(value);
  const at = asText(drilled?.at);
  const reader = READERS.find((name) => name === drilled?.reader);
  const ok = drilled?.ok;
  return at === undefined || reader === undefined || typeof ok !== 'boolean' ? undefined : { at, ok, reader };
}

const READERS: readonly DrillReader[] = ['node:sqlite', 'sqlite3', 'sql.js'];

function asGitPosition(value: unknown): GitPosition | undefined {
  const git = asObject(value);
  if (git === undefined) return undefined;
  const commit = asCommit(git.commit);
  const earlierCommits = asList(git.earlier_commits, asCommit);
  return {
    branch: asText(git.branch) ?? null,
    head: asText(git.head) ?? null,
    ...(commit !== undefined && { commit }),
    ...(earlierCommits.length > 0 && { earlierCommits }),
  };
}

function asCommit(value: unknown): string | undefined {
  return typeof value === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value) ? value : undefined;
}

function asSideFile(value: unknown): SideFile | undefined {
  const file = asObject(value);
  const suffix = file?.suffix;
  const sizeBytes = asCount(file?.size);
  const sha256 = asSha256(file?.sha256);
  // Only these two: the suffix becomes part of a path.
  if ((suffix !== '-wal' && suffix !== '-journal') || sizeBytes === undefined || sha256 === undefined) return undefined;
  return { suffix, sizeBytes, sha256 };
}

function asFingerprint(value: unknown): DatabaseFingerprint | undefined {
  const state = asObject(value);
  if (state === undefined) return undefined;
  const header = asText(state.header);
  const sizeBytes = asCount(state.size);
  const mtimeNs = asText(state.mtime_ns);
  const wal = state.wal === null ? null : asWalFingerprint(state.wal);
  const walIndex = state.wal_index === null ? null : asText(state.wal_index);
  const hotJournal = state.hot_journal;
  const observedAtMs = state.observed_at_ms;
  // An incomplete fingerprint could equal a different one.
  if (header === undefined || sizeBytes === undefined || mtimeNs === undefined || wal === undefined) return undefined;
  if (walIndex === undefined || typeof hotJournal !== 'boolean') return undefined;
  // JSON reads 1e999 as infinity, which breaks calculations with times.
  if (typeof observedAtMs !== 'number' || !Number.isFinite(observedAtMs)) return undefined;
  return { header, sizeBytes, mtimeNs, wal, walIndex, hotJournal, observedAtMs };
}

function asWalFingerprint(value: unknown): NonNullable<DatabaseFingerprint['wal']> | undefined {
  const wal = asObject(value);
  const header = asText(wal?.header);
  const sizeBytes = asCount(wal?.size);
  const mtimeNs = asText(wal?.mtime_ns);
  if (header === undefined || sizeBytes === undefined || mtimeNs === undefined) return undefined;
  return { header, sizeBytes, mtimeNs };
}

/** More unknown values than any real metadata has. */
const MAX_VALUES = 10_000;

/** `JSON.stringify` exhausts the stack somewhere beyond a thousand levels. */
const MAX_DEPTH = 64;

/** The number of values in a parsed JSON value; infinite if too many or too deep to preserve. */
export function countValues(value: unknown, maxValues = MAX_VALUES, maxDepth = MAX_DEPTH): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (maxDepth === 0) return Infinity;
  let count = 1;
  for (const inner of Object.values(value)) {
    count += countValues(inner, maxValues - count, maxDepth - 1);
    if (count > maxValues) return Infinity;
  }
  return count;
}
