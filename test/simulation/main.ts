// npm run simulate -- [--seeds N] [--from SEED] | --seed SEED [--processes N] [--trace] | --mutants [NAME]
import { parseArgs } from 'node:util';
import { withEngines } from './engines.js';
import { findMutants } from './findMutants.js';
import { reportFailure } from './run/report.js';
import { runScenario, type Engines } from './run/runScenario.js';
import { scenarioOf } from './run/scenario.js';

const PROGRESS_EVERY = 500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    processes: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
  },
});

if (values.mutants) await findMutants(positionals);
else if (values.seed !== undefined) await withEngines([], async (engines) => await again(Number(values.seed), engines));
else await withEngines([], async (engines) => await many(Number(values.from), Number(values.seeds), engines));

async function many(from: number, count: number, engines: Engines): Promise<void> {
  let failed = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const { failure } = await runScenario(scenarioOf(seed), engines);
    if (failure !== undefined) {
      failed += 1;
      console.log(`\n${await reportFailure(scenarioOf(seed), failure, engines)}\n`);
    }
    const done = seed - from + 1;
    if (done % PROGRESS_EVERY === 0) console.log(`${done} of ${count} seeds, ${failed} failed`);
  }
  console.log(`${count} seeds from ${from}: ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

async function again(seed: number, engines: Engines): Promise<void> {
  const scenario = scenarioOf(seed);
  const processCount = Number(values.processes ?? scenario.processCount);
  const { failure, trace } = await runScenario({ ...scenario, processCount }, engines, values.trace);
  if (values.trace) console.log(trace.join('\n'));
  if (failure === undefined) console.log(`seed ${seed}: every guarantee holds`);
  else console.log(await reportFailure({ ...scenario, processCount }, failure, engines));
  if (failure !== undefined) process.exitCode = 1;
}
