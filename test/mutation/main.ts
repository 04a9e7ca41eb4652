// npm run mutate -- --room NAME [--room NAME] | --all | --file PATH   which mutants
//   [--sample N [--seed S]] [--again] [--processes N] [--budget SECONDS]
import { parseArgs } from 'node:util';
import { prepareCheckout, type Checkout } from './checkout.js';
import { collectCoverage, type CoveringTest } from './coverage.js';
import { MutantRunner, type Verdict } from './mutantRunner.js';
import type { Mutant } from './mutants.js';
import { MIN_SCORE, isEquivalent, report, staleEquivalents, type TestedMutant } from './report.js';
import { Results } from './results.js';
import { ROOMS, roomOf } from './rooms.js';
import { chooseSample } from './sample.js';
import { TypeCheck } from './typeCheck.js';

const PROGRESS_INTERVAL_MS = 15_000;

const { values } = parseArgs({
  options: {
    room: { type: 'string', multiple: true, default: [] },
    file: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '2' },
    again: { type: 'boolean', default: false },
    budget: { type: 'string', default: '20' },
  },
});

const unknown = values.room.filter((room) => ROOMS[room] === undefined);
if (unknown.length > 0 || (!values.all && values.room.length === 0 && values.file.length === 0)) {
  console.error(`Specify a room with --room, a file with --file, or --all. Rooms: ${Object.keys(ROOMS).join(', ')}`);
  process.exit(2);
}

const checkout = await prepareCheckout();
const selected = checkout.mutants.filter(isSelected);
const mutants =
  values.sample === undefined ? selected : chooseSample(selected, Number(values.sample), Number(values.seed));
console.log(`${mutants.length} of ${checkout.mutants.length} mutants`);
const tests = await collectCoverage(checkout, Number(values.processes));
const results = await Results.read(checkout);
const typeCheck = new TypeCheck();
const texts = new Map(checkout.sources.map(({ file, text }) => [file, text]));
await testAll(mutants.filter(isPending));
const score = report(withTypeCheck(mutants));
const stale = staleEquivalents(checkout.mutants);
for (const { file, line } of stale) console.log(`Listed as equivalent, but no longer a mutant: ${file}: ${line}`);
process.exit(score < MIN_SCORE || stale.length > 0 ? 1 : 0);

function isSelected({ file }: Mutant): boolean {
  return values.all || values.file.includes(file) || values.room.includes(roomOf(file) ?? '');
}

/** Not tested yet, or with `--again` not killed. No test can kill a survivor that does not compile. */
function isPending(mutant: Mutant): boolean {
  const status = results.get(mutant)?.status;
  if (status !== undefined && (!values.again || status === 'killed')) return false;
  return !results.hasSurvived(mutant) || compiles(mutant);
}

function compiles(mutant: Mutant): boolean {
  return typeCheck.compiles(mutant, texts.get(mutant.file) ?? '');
}

async function testAll(rest: readonly Mutant[]): Promise<void> {
  const queue = rest.filter((mutant) => !isEquivalent(mutant));
  const count = queue.length;
  const runners = Array.from({ length: Number(values.processes) }, () => newRunner(checkout, tests));
  const startMs = performance.now();
  let done = 0;
  let notKilled = 0;
  const progress = setInterval(() => {
    const seconds = Math.round((performance.now() - startMs) / 1000);
    console.log(`${done} of ${count} mutants, ${notKilled} not killed, ${seconds} s`);
  }, PROGRESS_INTERVAL_MS);
  await Promise.all(
    runners.map(async (test) => {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const verdict = await testOne(test, mutant);
        await results.add(mutant, verdict);
        done += 1;
        if (verdict.status !== 'killed') notKilled += 1;
      }
      await test.stop();
    }),
  );
  clearInterval(progress);
}

function newRunner({ folder }: Checkout, all: readonly CoveringTest[]): MutantRunner {
  const ids = new Set(mutants.map(({ id }) => id));
  const files = new Set(mutants.map(({ file }) => file));
  const inSameFiles = new Set(checkout.mutants.filter(({ file }) => files.has(file)).map(({ id }) => id));
  const reaching = all.filter(({ reached }) => [...reached].some((id) => ids.has(id) || inSameFiles.has(id)));
  return new MutantRunner(folder, reaching, Number(values.budget) * 1000);
}

async function testOne(test: MutantRunner, mutant: Mutant): Promise<Verdict> {
  if (!mutant.isAtLoad) return await test.test(mutant);
  const mutantsInFile = checkout.mutants.filter(({ file }) => file === mutant.file);
  return await test.testAtLoad(mutant, new Set(mutantsInFile.map(({ id }) => id)));
}

function withTypeCheck(all: readonly Mutant[]): readonly TestedMutant[] {
  return all.map((mutant) => {
    const verdict = results.get(mutant) ?? { status: 'survived', ran: 0, reachedBy: 0 };
    return { mutant, verdict, compiles: verdict.status === 'killed' || compiles(mutant) };
  });
}
