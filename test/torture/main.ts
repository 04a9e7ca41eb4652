import { parseArgs } from 'node:util';
import type { AttemptChecks } from '../../core/snapshot/attemptChecks.js';
import { badCount, runTorture, type TortureOptions, type TortureReport } from './runTorture.js';
import type { TortureMode } from './writers.js';

// `npm run torture`: the long torture test, as a table with a row for each journal mode.
//   npm run torture -- [--seconds 120] [--modes WAL,DELETE] [--seed x] [--prove-checks]
// With --prove-checks, each check is left out in turn, and the table shows the damage that it prevents.

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
    seconds: { type: 'string', default: '120' },
    modes: { type: 'string', default: MODES.join(',') },
    seed: { type: 'string' },
    'prove-checks': { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error(`--seconds takes a number, not ${values.seconds}`);
const seed = values.seed === undefined ? {} : { seed: values.seed };
const MODE_WIDTH = values['prove-checks'] ? 48 : 8;

const COLUMNS: readonly (readonly [name: string, valueOf: (report: TortureReport) => string])[] = [
  ['snapshots', (report) => String(report.snapshots)],
  ['bad', (report) => `${((100 * badCount(report)) / Math.max(1, report.snapshots)).toFixed(2)} %`],
  ['torn', (report) => String(report.torn)],
  ['stale', (report) => String(report.stale)],
  ['broken', (report) => String(report.broken)],
  ['gave up', (report) => String(report.gaveUp)],
  ['attempts', (report) => String(report.attempts)],
  ['commits', (report) => String(report.commits)],
  ['kills', (report) => String(report.kills)],
  ['seed', (report) => report.seed],
];

printHead();
const isBad = values['prove-checks'] ? await proveChecks() : await torture();
if (isBad) process.exitCode = 1;

async function torture(): Promise<boolean> {
  const requested = values.modes.split(',');
  let hasBad = false;
  for (const mode of MODES.filter((known) => requested.includes(known))) {
    const report = await run(mode, { mode, seconds, ...seed });
    // In MEMORY mode, the writers may hold the lock all the time; giving up is then correct.
    hasBad ||= badCount(report) > 0 || (mode !== 'MEMORY' && report.gaveUp > 0);
  }
  return hasBad;
}

/** A race may not occur in such a short time, so no row fails the run. */
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
  const origins = Object.entries(report.origins).map(([origin, count]) => `${origin} ${String(count)}`);
  printRow([title, ...COLUMNS.map(([, valueOf]) => valueOf(report)), origins.join(', ')]);
  for (const failure of report.failures) console.log(`    ${failure}`);
  return report;
}

function printHead(): void {
  printRow(['mode', ...COLUMNS.map(([name]) => name), 'taken from']);
}

function printRow([title = '', ...cells]: readonly string[]): void {
  const last = cells.pop() ?? '';
  console.log([title.padEnd(MODE_WIDTH), ...cells.map((cell) => cell.padStart(9)), ` ${last}`].join(' '));
}
