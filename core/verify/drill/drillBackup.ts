import { join } from 'node:path';
import {
  digestFeatures,
  differingRows,
  digestCount,
  findSchemaHazard,
  timeLimitMs,
  type Inspection,
} from '../../database/index.js';
import {
  asBackupError,
  countInWords,
  DAMAGE_CODES,
  groupedDigits,
  withScratchFolder,
  type BackupError,
  type Ports,
} from '../../system/index.js';
import { inspectionProblems } from '../../live/index.js';
import { readReplacement, swapDatabase } from '../../restore/index.js';
import type { Backup, DrillReader } from '../../store/index.js';
import { countProblems } from '../countProblems.js';
import { chooseReader } from './chooseReader.js';
import type { DrillOptions } from './drillOutcome.js';

export interface DrillFindings {
  readonly reader: DrillReader;
  /** Empty if the drill passed. */
  readonly problems: readonly string[];
  /** The drill itself failed; the backup may be intact. */
  readonly isInconclusive?: true;
}

/** Drills one backup. All failures are returned; `missing` if the backup was pruned meanwhile. */
export async function drillBackup(
  backup: Backup,
  options: DrillOptions,
  onStep: (step: string, isLong: boolean) => void,
  ports: Ports,
): Promise<DrillFindings | 'missing'> {
  try {
    return await withScratchFolder(
      { purpose: 'drill' },
      ports,
      async (folder) => await restoreAndRead(backup, folder, options, onStep, ports),
    );
  } catch (error) {
    return findingsFrom(asBackupError(error, 'drill the backup', backup.path));
  }
}

function findingsFrom(error: BackupError): DrillFindings | 'missing' {
  if (error.code === 'backup-not-found') return 'missing';
  const findings = { reader: 'sql.js', problems: [error.message] } as const;
  return BACKUP_FAULT_CODES.has(error.code) ? findings : { ...findings, isInconclusive: true };
}

const BACKUP_FAULT_CODES: ReadonlySet<string> = new Set([...DAMAGE_CODES, 'backup-damaged', 'features-missing']);

async function restoreAndRead(
  backup: Backup,
  folder: string,
  options: DrillOptions,
  onStep: (step: string, isLong: boolean) => void,
  ports: Ports,
): Promise<DrillFindings> {
  onStep('restoring', backup.sizeBytes > LONG_WORK_BYTES);
  const databasePath = join(folder, 'features.db');
  const { inspection } = await restoreToScratch(databasePath, backup, ports);
  const problems =
    inspection === undefined
      ? []
      : [
          ...inspectionProblems(inspection),
          ...countProblems(backup.counts, inspection.counts, ['total', 'passing', 'inProgress']),
        ];
  if (problems.length > 0) return { reader: 'sql.js', problems };
  // Read from disk again, as after a real restore.
  const restored = ports.files.readFileSync(databasePath);
  onStep('comparing every feature', restored.length > LONG_WORK_BYTES);
  const { select, digests } = await digestFeatures(restored);
  const second = chooseReader(findSchemaHazard(restored) !== undefined, options.readers, ports);
  if (second === undefined) return { reader: 'sql.js', problems: [] };
  const limitMs = options.limitMs ?? timeLimitMs(restored.length);
  const reading = await second.read({ databasePath, select, limitMs }, ports);
  const reader = second.name;
  if (reading.problems.length > 0)
    return { reader, problems: reading.problems.map((text) => `${reader} reports: ${text}`) };
  return { reader, problems: differences(digests, reading.digests, reader) };
}

/** Above this size, a step takes more than a second, and SQLite reports no progress. */
const LONG_WORK_BYTES = 32 * 1024 * 1024;

/** Restores like a real restore without a live database. */
async function restoreToScratch(
  databasePath: string,
  backup: Backup,
  ports: Ports,
): Promise<{ readonly inspection: Inspection | undefined }> {
  const replacement = await readReplacement(backup, ports);
  const assertFree = (): void => undefined;
  swapDatabase({ databasePath, replacement, liveImage: undefined, seen: undefined, assertFree }, ports);
  return replacement;
}

function differences(expected: Uint8Array, found: Uint8Array, reader: DrillReader): readonly string[] {
  const [count, otherCount] = [digestCount(expected), digestCount(found)];
  if (count !== otherCount) {
    return [`${reader} reads ${countInWords(otherCount, 'feature')}, but sql.js reads ${groupedDigits(count)}`];
  }
  const ids = differingRows(expected, found, MAX_SHOWN_IDS);
  return ids.length === 0 ? [] : [`${reader} and sql.js read different values for feature ${ids.join(', ')}`];
}

const MAX_SHOWN_IDS = 10;
