import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUp } from '../../core/engine.js';
import { CLI } from './backUpSpeed.js';
import { median, timeOfAsync, timeOfProcess } from './measure.js';
import type { PythonPeer } from './pythonPeer.js';
import { makeStore } from './storeScale.js';
import { milliseconds, printTable } from './table.js';

const COUNTS = [100, 1000, 7000] as const;
const ROUNDS = 5;

/** The time of one more backup, and of verifying each backup, by the number of backups in the store. */
export async function benchManyBackups(peer: PythonPeer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'feature-backups-bench-'));
  try {
    const rows = [];
    for (const count of COUNTS) rows.push(await rowFor(folder, count, peer));
    printTable(
      'One more backup',
      ['backups in the store', 'in a process that has made one', 'command', 'verify, for each backup'],
      rows,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rowFor(folder: string, count: number, peer: PythonPeer): Promise<string[]> {
  const project = await makeStore(join(folder, String(count)), count, peer);
  writeFileSync(join(project, '.feature-backups.json'), JSON.stringify({ retention: { keepLast: 100_000 } }));
  const database = join(project, 'features.db');
  const warm: number[] = [];
  const cold: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    await peer.touch(database);
    warm.push(await timeOfAsync(() => backUp(project, { source: 'watch', reason: 'change' })));
    await peer.touch(database);
    cold.push(timeOfProcess(process.execPath, [CLI, 'backup', project]));
  }
  await peer.release(database);
  const same = await makeStore(join(folder, `${count} verified`), count, peer, { areDistinct: false });
  const verifyMs = timeOfProcess(process.execPath, [CLI, 'verify', same]);
  // The first round reads all metadata.
  return [`${count}`, milliseconds(median(warm.slice(1))), milliseconds(median(cold)), milliseconds(verifyMs / count)];
}
