import { bundleEngine, type Mutation } from './engine/bundle.js';
import { compileEngine } from './engine/engine.js';
import type { Engines } from './run/runScenario.js';
import { Workers } from './several/workers.js';

/** Runs `work` with the engine, or one that has a bug put in. */
export async function withEngines<T>(
  mutations: readonly Mutation[],
  work: (engines: Engines) => Promise<T>,
): Promise<T> {
  // Names contain local times; one hour of these comes twice in a year.
  process.env.TZ = 'Europe/Berlin';
  const script = await bundleEngine(mutations);
  const workers = await Workers.prepare(script);
  try {
    return await work({ loadEngine: compileEngine(script), workers });
  } finally {
    await workers.stop();
  }
}
