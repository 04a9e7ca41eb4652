import { parseArgs } from 'node:util';
import type { AttemptChecks } from '../../core/snapshot/attemptChecks.js';
import { badCount, runTorture, type TortureOptions, type TortureReport } from './runTorture.js';
import type { TortureMode } from './writers.js';

// The long torture, by hand:
//   tsx test/torture/main.ts [--seconds 60] [--modes WAL,DELETE] [--seed x] [--prove-checks]
// With --prove-checks, each precaution is left out in turn, and the table shows what it was good for.

const MODES: readonly TortureMode[] = ['WAL', 'DELETE', 'TRUNCATE', 'PERSIST', 'SWITCH', 'MEMORY'];

const PROOFS: readonly (readonly [check: keyof AttemptChecks, mode: TortureMode])[] = [
  ['walAfterDatabase', 'WAL'],
  ['walGeneration', 'WAL'],
  ['walCommitBoundary', 'WAL'],
  ['sizeWhenRead', 'WAL'],
  ['journalIdentity', 'DELETE'],
  ['journalIdentity', 'PERSIST'],
  ['quietSecondRead', 'DELETE'],
  ['quietUnchanged', 'DELETE'],
  ['quietLockProbe', 'MEMORY'],
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    modes: { type: 'string', default: MODES.join(',') },
    seed: { type: 'string' },
    'prove-checks': { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? {} : { seed: values.seed };
const isBad = values['prove-checks'] ? await proveChecks() : await torture();
if (isBad) process.exitCode = 1;

async function torture(): Promise<boolean> {
  const wanted = values.modes.split(',');
  let isAnyBad = false;
  for (const mode of MODES.filter((known) => wanted.includes(known))) {
    const report = await run(mode, { mode, seconds, ...seed });
    isAnyBad ||= badCount(report) + report.gaveUp > 0;
  }
  return isAnyBad;
}

/** Chance decides whether a race is hit in so short a time, so no row fails the run. */
async function proveChecks(): Promise<boolean> {
  for (const [check, mode] of PROOFS) {
    await run(`${mode} without ${check}`, { mode, seconds, without: { [check]: false }, ...seed });
  }
  await run('DELETE without quietSecondRead, quietUnchanged', {
    mode: 'DELETE',
    seconds,
    without: { quietSecondRead: false, quietUnchanged: false },
    ...seed,
  });
  return false;
}

async function run(title: string, options: TortureOptions): Promise<TortureReport> {
  const report = await runTorture(options);
  const { snapshots, torn, stale, broken, gaveUp, commits, kills, attempts } = report;
  const badPercent = ((100 * badCount(report)) / Math.max(1, snapshots)).toFixed(2);
  const origins = Object.entries(report.origins).map(([origin, count]) => `${origin} ${String(count)}`);
  console.log(
    `${title}: ${badPercent}% bad of ${String(snapshots)} (torn ${String(torn)}, stale ${String(stale)}, ` +
      `broken ${String(broken)}, gave up ${String(gaveUp)}); ${origins.join(', ')}; ${String(attempts)} attempts, ` +
      `${String(commits)} commits, ${String(kills)} kills; seed ${report.seed}`,
  );
  for (const failure of report.failures) console.log(`    ${failure}`);
  return report;
}
