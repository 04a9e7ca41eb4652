import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { encodeRecord, HEADER_BYTES, SEGMENT_HEAD, type NewRecord } from '../../core/history/segmentFormat.js';
import { bareEnvironment, buildCli, CLI_PATH, type CliRun } from './runCli.js';

/** Enough for every command on an intact store, and little enough to detect a store that exhausts memory. */
const MAX_HEAP_MB = 256;
/** A command that still runs then is killed as hung, and its exit code is null. */
const HUNG_AFTER_MS = 120_000;

/** Runs the built command line with little memory, and kills it if it hangs. */
export function runBounded(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliRun {
  buildCli();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [CLI_PATH, ...args], {
    env: bareEnvironment({ NODE_OPTIONS: `--max-old-space-size=${MAX_HEAP_MB.toString()}`, ...env }),
    encoding: 'utf8',
    input: '',
    timeout: HUNG_AFTER_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 1024 * 1024 * 1024,
  });
  return { code: status, signal, stdout, stderr };
}

/** Creates the store of a project, as a clone could contain it. */
export function makeStore(projectPath: string): string {
  const storePath = join(projectPath, '.feature_backups');
  mkdirSync(storePath, { recursive: true, mode: 0o700 });
  return storePath;
}

export function segmentName(number: number): string {
  return `history-${number.toString().padStart(6, '0')}-20260101-000000.fbh`;
}

/** Consecutive records after a valid head. */
export function segmentOf(records: readonly Buffer[]): Buffer {
  return Buffer.concat([SEGMENT_HEAD, ...records]);
}

/** A complete record with this text as its metadata. */
export function recordWith(text: string, more: Partial<NewRecord> = {}): Buffer {
  return encodeRecord({
    kind: 'full',
    index: 0,
    imageBytes: 1,
    oldestMs: 0,
    sha256: '0'.repeat(64),
    metadata: deflateRawSync(Buffer.from(text)),
    payload: Buffer.alloc(0),
    ...more,
  });
}

/** Headers that are valid except for their checksum, each of which claims 2 MB of metadata. */
export function fakeHeaders(sizeBytes: number): Buffer {
  const header = recordWith('').subarray(0, HEADER_BYTES);
  header.writeUInt32LE(2 * 1024 * 1024, 8);
  return Buffer.alloc(sizeBytes, header);
}

/** Fills a store with backups whose metadata has this text; links to one file cost neither time nor space. */
export function plantBackups(storePath: string, count: number, metadata: string): void {
  plant(storePath, count, metadata, '.db');
}

/** The same at a target, where images are compressed. */
export function plantCopies(folderPath: string, count: number, metadata: string): void {
  plant(folderPath, count, metadata, '.db.gz');
}

function plant(folderPath: string, count: number, metadata: string, suffix: string): void {
  let image = '';
  let text = '';
  for (let index = 0; index < count; index += 1) {
    if (index % MAX_LINKS === 0) {
      image = join(folderPath, `planted-image-${index.toString()}`);
      text = join(folderPath, `planted-text-${index.toString()}`);
      writeFileSync(image, 'x');
      writeFileSync(text, metadata);
    }
    const name = `features_1_20260101-000000_${index.toString()}`;
    linkSync(image, join(folderPath, name + suffix));
    linkSync(text, join(folderPath, `${name}.json`));
  }
}

/** Links to one file; file systems allow at most 65,000. */
const MAX_LINKS = 30_000;
