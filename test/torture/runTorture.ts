import { setImmediate, setTimeout } from 'node:timers/promises';
import { attemptSnapshot } from '../../core/snapshot/attempt.js';
import type { SnapshotResult } from '../../core/snapshot/snapshot.js';
import { ALL_CHECKS, type AttemptChecks } from '../../core/snapshot/attemptChecks.js';
import { GrowingImage } from '../../core/snapshot/growingImage.js';
import { takeSnapshot } from '../../core/snapshot/takeSnapshot.js';
import { BackupError } from '../../core/system/errors.js';
import { realPorts, type Ports } from '../../core/system/ports.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporaryFolder.js';
import { SqliteChecker } from './sqliteChecker.js';
import { racyFiles } from './racyFiles.js';
import { SeededChoice } from './seededChoice.js';
import { Writers, type TortureMode } from './writers.js';

export interface TortureOptions {
  readonly mode: TortureMode;
  readonly seconds: number;
  /** Checks to leave out; with none, the real `takeSnapshot` runs. */
  readonly without?: Partial<AttemptChecks>;
  readonly seed?: string;
}

export interface TortureReport {
  readonly mode: TortureMode;
  readonly seed: string;
  snapshots: number;
  attempts: number;
  torn: number;
  stale: number;
  broken: number;
  gaveUp: number;
  commits: number;
  kills: number;
  readonly origins: Record<string, number>;
  /** Descriptions of the first few bad images. */
  readonly failures: string[];
}

/** Takes snapshots of a database with four writers for this long, and checks each of them. */
export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const seed = options.seed ?? Math.random().toString(36).slice(2, 10);
  const choice = new SeededChoice(seed);
  const folder = await makeTemporaryFolder();
  const report = newReport(options.mode, seed);
  const checker = new SqliteChecker(`${folder}/image.db`);
  const writers = new Writers(`${folder}/features.db`, options.mode, choice);
  try {
    writers.start();
    await untilWritersWrite(writers);
    await takeAndCheck(writers, checker, report, options, { ...realPorts(), files: racyFiles(choice) });
    report.commits = writers.acknowledged().reduce((sum, count) => sum + count, 0);
    report.kills = writers.kills;
    if (writers.errors.length > 0) throw new Error(`A writer failed: ${writers.errors.join('\n')}`);
    return report;
  } finally {
    await writers.stop();
    await checker.stop();
    await removeFolder(folder);
  }
}

export function badCount({ torn, stale, broken }: TortureReport): number {
  return torn + stale + broken;
}

const FAILURES_KEPT = 5;

function newReport(mode: TortureMode, seed: string): TortureReport {
  const counts = { snapshots: 0, attempts: 0, torn: 0, stale: 0, broken: 0, gaveUp: 0, commits: 0, kills: 0 };
  return { mode, seed, ...counts, origins: {}, failures: [] };
}

async function untilWritersWrite(writers: Writers): Promise<void> {
  while (writers.acknowledged().some((count) => count === 0)) {
    if (writers.errors.length > 0) throw new Error(`A writer failed: ${writers.errors.join('\n')}`);
    await setTimeout(10);
  }
}

async function takeAndCheck(
  writers: Writers,
  checker: SqliteChecker,
  report: TortureReport,
  { seconds, without }: TortureOptions,
  ports: Ports,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    // Not compared with earlier snapshots: a writer killed between writing a commit to the log and publishing it in the
    // index
    // leaves a commit that SQLite's recovery would find, but that the next writer overwrites.
    const acknowledged = writers.acknowledged();
    const taken = await take(writers.databasePath, ports, without);
    if (taken === undefined) {
      report.gaveUp += 1;
      continue;
    }
    const verdict = await checker.check(taken.image, acknowledged);
    report.snapshots += 1;
    report.attempts += taken.attempts;
    report.origins[taken.origin] = (report.origins[taken.origin] ?? 0) + 1;
    if (verdict.kind !== 'ok') {
      report[verdict.kind] += 1;
      if (report.failures.length < FAILURES_KEPT)
        report.failures.push(`${taken.origin} ${verdict.kind}: ${verdict.why}`);
    }
    await setImmediate();
  }
}

async function take(
  path: string,
  ports: Ports,
  without: Partial<AttemptChecks> | undefined,
): Promise<(SnapshotResult & { attempts: number }) | undefined> {
  try {
    return without ? await takeWithout(path, ports, without) : await takeSnapshot(path, ports);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'database-busy') return undefined;
    throw error;
  }
}

/** `takeSnapshot` without some of its checks. */
async function takeWithout(
  path: string,
  ports: Ports,
  without: Partial<AttemptChecks>,
): Promise<(SnapshotResult & { attempts: number }) | undefined> {
  const image = new GrowingImage(2 ** 30, path);
  for (let attempts = 1; attempts < 1000; attempts += 1) {
    const result = attemptSnapshot(path, ports, image, { ...ALL_CHECKS, ...without });
    if (!('inconsistency' in result)) return { ...result, attempts };
    await setTimeout(Math.min(15, attempts));
  }
  return undefined;
}
