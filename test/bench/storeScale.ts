import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUp, listBackups, planCleanUp, projectSummary } from '../../core/engine.js';
import { CLI } from './backUpSpeed.js';
import {
  measure,
  processEnvironments,
  timeOfAsync,
  timeOfProcess,
  type Measured,
  type ProcessEnvironment,
} from './measure.js';
import type { PythonPeer } from './pythonPeer.js';
import { milliseconds, printTable } from './table.js';

const FEW = 20;
const MANY = 10_000;
const ROUNDS = 5;

/**
 * The time of `list`, `status` and retention with 10,000 backups in the store and with 20, as commands and in process.
 */
export async function benchStoreScale(peer: PythonPeer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'feature-backups-bench-'));
  try {
    const few = await makeStore(join(folder, 'few'), FEW, peer);
    const many = await makeStore(join(folder, 'many'), MANY, peer);
    for (const around of processEnvironments()) {
      const title = `Backups in the store, the commands, ${around.name}`;
      printGrowth(title, await commandTimes(few, around), await commandTimes(many, around));
    }
    printGrowth('Backups in the store, in process', await timesWith(few), await timesWith(many));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function printGrowth(title: string, few: readonly Measured[], many: readonly Measured[]): void {
  const rows = few.map(({ name, medianMs }, index) => {
    const manyMs = many[index]?.medianMs ?? Number.NaN;
    return [name, milliseconds(medianMs), milliseconds(manyMs), `${(manyMs / medianMs).toFixed(1)} x`];
  });
  printTable(title, ['what', `${FEW}`, `${MANY}`, 'grows'], rows);
}

function commandTimes(project: string, around: ProcessEnvironment) {
  const commands = [['list'], ['status'], ['cleanup', '--dry-run']];
  return measure(
    commands.map((command) => ({
      name: command.join(' '),
      run: () => timeOfProcess(process.execPath, [CLI, ...command, project], around),
    })),
    ROUNDS,
  );
}

function timesWith(project: string) {
  return measure(
    [
      { name: 'list', run: () => timeOfAsync(async () => listBackups(project)) },
      { name: 'status', run: () => timeOfAsync(() => projectSummary(project)) },
      { name: 'retention plan', run: () => timeOfAsync(async () => planCleanUp(project)) },
    ],
    ROUNDS,
  );
}

export interface StoreOptions {
  /** Another checksum for each copy, as if each were another state. Such copies do not verify. */
  readonly areDistinct?: boolean;
}

/** One real backup, copied under other names, so that the store has the real number of files. */
export async function makeStore(
  project: string,
  count: number,
  peer: PythonPeer,
  { areDistinct = true }: StoreOptions = {},
): Promise<string> {
  mkdirSync(project);
  const database = join(project, 'features.db');
  await peer.make(database, 40_000);
  const outcome = await backUp(project, { source: 'cli', reason: 'first' });
  if (outcome.status !== 'created') throw new Error('the store was not empty');
  const image = readFileSync(outcome.backup.path);
  const metadata: unknown = JSON.parse(readFileSync(outcome.backup.path.replace(/\.db$/, '.json'), 'utf8'));
  const start = Date.UTC(2026, 0, 1);
  for (let index = 1; index < count; index++) {
    const at = new Date(start + index * 60_000).toISOString();
    const stamp = at.replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
    const stem = join(project, '.feature_backups', `features_60_${stamp}_before_mark_passing`);
    writeFileSync(`${stem}.db`, image);
    const sha256 = areDistinct ? { sha256: index.toString(16).padStart(64, '0') } : {};
    writeFileSync(
      `${stem}.json`,
      JSON.stringify({ ...(metadata as object), timestamp: at, sequence: -index, ...sha256 }),
    );
  }
  return project;
}
