import { withEngines } from './engines.js';
import { MUTANTS, type Mutant } from './mutants.js';
import { runScenario } from './run/runScenario.js';
import { scenarioOf } from './run/scenario.js';

export interface FoundMutant {
  readonly seed: number;
  readonly guarantee: string;
}

/** Prints, as rows of the README's table, the first seed that finds each of these mutants; all by default. */
export async function findMutants(names: readonly string[]): Promise<void> {
  for (const mutant of MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const found = await findMutant(mutant, 1, MAX_SEEDS);
    console.log(`| ${mutant.name} | ${found?.seed ?? 'not found'} | ${found?.guarantee ?? ''} |`);
    if (found === undefined) process.exitCode = 1;
  }
}

const MAX_SEEDS = 10_000;

/** The first seed from `from` on that finds the mutant, and no fault of the engine itself, within a limit. */
export async function findMutant(mutant: Mutant, from: number, count: number): Promise<FoundMutant | undefined> {
  return await withEngines(mutant.mutations, async (mutated) => {
    return await withEngines([], async (engines) => {
      for (let seed = from; seed < from + count; seed += 1) {
        const { failure } = await runScenario(scenarioOf(seed), mutated);
        if (failure === undefined || (await runScenario(scenarioOf(seed), engines)).failure !== undefined) continue;
        return { seed, guarantee: failure.guarantee };
      }
      return undefined;
    });
  });
}
