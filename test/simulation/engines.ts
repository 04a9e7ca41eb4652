import { bundleEngine, type Mutation } from './engine/bundle.js';
import { compileEngine } from './engine/engine.js';
import type { Engines } from './run/runScenario.js';
import { Workers } from './several/workers.js';

/** Runs `work` with the engine, or with a mutant of it. */
export async function withEngines<T>(
  mutations: readonly Mutation[],
  work: (engines: Engines) => Promise<T>,
): Promise<T> {
  // Names contain local times, and one hour of this day occurs twice.
  process.env.TZ = 'Europe/Berlin';
  const script = await bundleEngine(mutations);
  const workers = await Workers.prepare(script);
  try {
    return await work({ loadEngine: compileEngine(script), workers });
  } finally {
    await workers.stop();
  }
}
