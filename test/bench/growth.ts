import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peakBytesOf, writePeakReporter } from '../support/peakMemory.js';
import { CLI } from './backUpSpeed.js';
import { median } from './measure.js';
import type { PythonPeer } from './pythonPeer.js';
import { milliseconds, printTable } from './table.js';

const MEGABYTE = 1_000_000;
const SIZES_MB = [0.1, 0.4, 4, 40, 400] as const;
const ROUNDS = 3;

/** How time and memory of one `backup` process grow with the database. */
export async function benchGrowth(peer: PythonPeer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'feature-backups-bench-'));
  try {
    const preload = writePeakReporter(folder);
    const rows = [];
    for (const sizeMb of SIZES_MB) rows.push(await rowFor(folder, preload, sizeMb, peer));
    printTable(
      'Growth, a whole process',
      ['database', 'time', 'time per MB', 'peak memory', 'allowed: 3 x size + 80 MB'],
      rows,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rowFor(folder: string, preload: string, sizeMb: number, peer: PythonPeer): Promise<string[]> {
  const project = join(folder, `${sizeMb}`);
  mkdirSync(project);
  const database = join(project, 'features.db');
  await peer.make(database, sizeMb * MEGABYTE);
  const runs = [];
  for (let round = 0; round < ROUNDS; round++) {
    await peer.touch(database);
    runs.push(runOnce(project, preload));
  }
  await peer.release(database);
  const actualMb = statSync(database).size / MEGABYTE;
  const timeMs = median(runs.map(({ ms }) => ms));
  const peakMb = Math.max(...runs.map(({ peakBytes }) => peakBytes)) / MEGABYTE;
  rmSync(project, { recursive: true, force: true });
  return [
    `${actualMb.toFixed(1)} MB`,
    milliseconds(timeMs),
    milliseconds(timeMs / actualMb),
    `${peakMb.toFixed(0)} MB`,
    `${(3 * actualMb + 80).toFixed(0)} MB`,
  ];
}

function runOnce(project: string, preload: string): { ms: number; peakBytes: number } {
  const begin = performance.now();
  const { status, output } = spawnSync(process.execPath, ['--require', preload, CLI, 'backup', project], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`backup ended with ${String(status)}`);
  return { ms: performance.now() - begin, peakBytes: peakBytesOf(output[3]) };
}
