import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';

/** A change to the engine's source that the simulation must find. */
export interface Mutation {
  /** Relative to the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The engine as one script, with the simulation's own check instead of SQLite's, and optionally a bug. */
export async function bundleEngine(mutations: readonly Mutation[] = []): Promise<string> {
  const result = await bundle({
    entryPoints: [join(import.meta.dirname, 'entry.ts')],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Loading a module then takes a turn of the event loop, and no real time.
    supported: { 'dynamic-import': false },
    logLevel: 'silent',
    plugins: [withFastCheck, ...(mutations.length > 0 ? [withMutations(mutations)] : [])],
  });
  const [script] = result.outputFiles;
  if (script === undefined) throw new Error('esbuild made no script');
  return script.text;
}

const ROOT = join(import.meta.dirname, '../../..');

const withFastCheck: Plugin = {
  name: 'fast check',
  setup: (build) => {
    build.onResolve({ filter: /\/runTask\.js$/ }, () => ({ path: join(import.meta.dirname, 'fastCheck.ts') }));
    build.onResolve({ filter: /\/compareImages\.js$/ }, () => ({ path: join(import.meta.dirname, 'fastCompare.ts') }));
  },
};

function withMutations(mutations: readonly Mutation[]): Plugin {
  return {
    name: 'mutations',
    setup: (build) => {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = relative(ROOT, path);
        const source = await readFile(path, 'utf8');
        return { contents: mutate(source, file, mutations), loader: 'ts' };
      });
    },
  };
}

function mutate(source: string, file: string, mutations: readonly Mutation[]): string {
  let mutated = source;
  for (const { find, replace } of mutations.filter((mutation) => mutation.file === file)) {
    if (mutated.split(find).length !== 2)
      throw new Error(`${file} does not contain exactly one ${JSON.stringify(find)}`);
    mutated = mutated.replace(find, () => replace);
  }
  return mutated;
}
