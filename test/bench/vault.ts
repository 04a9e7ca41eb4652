import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realPorts } from '../../core/system/ports.js';
import { withStoreLock } from '../../core/system/locks/storeLock.js';
import { afterWrite, backUp, CLI, prepare, type Bench } from './backUpSpeed.js';
import { BARE, measure, timeOfAsync, timeOfProcess, type Candidate, type ProcessEnvironment } from './measure.js';
import type { PythonPeer } from './pythonPeer.js';
import { printRatios } from './table.js';

const MEGABYTE = 1_000_000;
const SIZES = [
  { title: '0.4 MB', sizeBytes: 0.4 * MEGABYTE, warmRounds: 101, coldRounds: 41 },
  { title: '40 MB', sizeBytes: 40 * MEGABYTE, warmRounds: 15, coldRounds: 9 },
] as const;

/**
 * The time that the link into the vault adds to a backup. Two otherwise identical projects, changed before each run.
 */
export async function benchVault(peer: PythonPeer): Promise<void> {
  const vault = process.env.FEATURE_BACKUPS_VAULT ?? '';
  mkdirSync(vault, { recursive: true });
  // This process owns the lock, so that no follow-up compresses images meanwhile.
  await withStoreLock(vault, realPorts(), async () => {
    for (const { title, sizeBytes, warmRounds, coldRounds } of SIZES) {
      const folder = mkdtempSync(join(tmpdir(), 'feature-backups-bench-'));
      try {
        const without = await prepareIn(join(folder, 'without'), sizeBytes, peer);
        const withVault = await prepareIn(join(folder, 'with'), sizeBytes, peer);
        const warm = [
          warmCandidate('without the vault', without, false),
          warmCandidate('with the vault', withVault, true),
        ];
        printRatios(`${title}, a changed backup, warm`, await measure(warm, warmRounds), 'without the vault');
        const cold = [
          coldCandidate('without the vault', without, WITHOUT),
          coldCandidate('with the vault', withVault, WITH),
        ];
        printRatios(
          `${title}, an unchanged backup, a whole process`,
          await measure(cold, coldRounds),
          'without the vault',
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  });
}

const WITHOUT = BARE;
/** A home without a configuration. */
const WITH: ProcessEnvironment = {
  ...BARE,
  environment: { ...BARE.environment, HOME: `${BARE.environment.HOME ?? ''}/none` },
};

async function prepareIn(folder: string, sizeBytes: number, peer: PythonPeer): Promise<Bench> {
  mkdirSync(folder);
  return await prepare(folder, sizeBytes, peer);
}

function warmCandidate(name: string, bench: Bench, vault: boolean): Candidate {
  const options = { overrides: { vault } };
  const run = () => timeOfAsync(() => backUp(bench.project, { source: 'cli', reason: 'bench' }, options));
  return { name, run: () => afterWrite(bench, run) };
}

function coldCandidate(name: string, { project }: Bench, around: ProcessEnvironment): Candidate {
  const command = [CLI, 'backup', project, '--reason', 'bench'];
  return { name, run: () => timeOfProcess(process.execPath, command, around) };
}
