import assert from 'node:assert/strict';
import { withEngines } from './engines.js';
import { findMutant } from './findMutants.js';
import { MUTANTS } from './mutants.js';
import { reportFailure } from './run/report.js';
import { runScenario, type Engines } from './run/runScenario.js';
import { scenarioOf, type Scenario } from './run/scenario.js';
import { FOUND_SEEDS } from './seeds.js';

/** The number of seeds that takes about 25 seconds on one core. */
const SEEDS = 600;

/** Part of the README's table. The first four are bugs that the simulation found in the engine. */
const QUICKLY_FOUND = [
  { name: 'a pin is not synced', seed: 3 },
  { name: 'an unreadable lock never becomes stale', seed: 13 },
  { name: 'unread metadata does not matter', seed: 354 },
  { name: 'the name of a store at its targets is not synced', seed: 91 },
  { name: 'records are not synced', seed: 3 },
  { name: 'a path identifies a project', seed: 9 },
  { name: 'a sync of the vault reads only the store', seed: 2633 },
  { name: 'published names are not synced', seed: 2 },
  { name: 'renames of a swap are not synced', seed: 2 },
  { name: 'a frame counts before its commit', seed: 13 },
  { name: 'locks of dead processes stay', seed: 2 },
] as const;

describe('the engine in a simulated environment', function () {
  this.timeout(600_000);

  it('keeps its guarantees for every seed', async () => {
    await withEngines([], async (engines) => {
      for (let seed = 1; seed <= SEEDS; seed += 1) await assertKept(scenarioOf(seed), engines);
    });
  });

  it('keeps them for the seeds that once found a bug', async () => {
    await withEngines([], async (engines) => {
      for (const { seed, processCount } of FOUND_SEEDS)
        await assertKept({ ...scenarioOf(seed), processCount }, engines);
    });
  });

  it('gives the same history for the same seed, with one process and with several', async () => {
    await withEngines([], async (engines) => {
      for (const processCount of [1, 3]) {
        const scenario = { ...scenarioOf(11), processCount };
        const first = await runScenario(scenario, engines, true);
        const second = await runScenario(scenario, engines, true);
        assert.ok(first.trace.length > 100);
        assert.deepEqual(second.trace, first.trace);
      }
    });
  });

  for (const { name, seed } of QUICKLY_FOUND) {
    it(`finds that ${name}`, async () => {
      const mutant = MUTANTS.find((known) => known.name === name);
      assert.ok(mutant !== undefined);
      assert.equal((await findMutant(mutant, seed, 1))?.seed, seed);
    });
  }
});

async function assertKept(scenario: Scenario, engines: Engines): Promise<void> {
  const { failure } = await runScenario(scenario, engines);
  if (failure !== undefined) assert.fail(await reportFailure(scenario, failure, engines));
}
