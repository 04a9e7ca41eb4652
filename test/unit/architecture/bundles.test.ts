import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { describe, it } from 'mocha';

// Commits, agents and the editor wait until all files of a bundle are loaded. If a new file belongs there, rewrite the
// lists with: BUNDLE_INPUTS=write npx mocha test/unit/architecture/bundles.test.ts
const LISTS = join(import.meta.dirname, 'bundleInputs.json');
const PINNED = ['backup', 'git-hook-main', 'agent-hook', 'tap', 'tap-worker', 'extension'].map(
  (name) => `dist/${name}.cjs`,
);

const definitions: unknown = await import(new URL('../../../scripts/bundles.mjs', import.meta.url).href);
const { shared, bundles } = definitions as { shared: BuildOptions; bundles: readonly BuildOptions[] };

describe('the bundles of interactive programs', () => {
  const lists = JSON.parse(readFileSync(LISTS, 'utf8')) as Record<string, readonly string[]>;

  for (const outfile of PINNED) {
    it(`includes in ${outfile} exactly the listed files`, async () => {
      const inputs = await inputsOf(outfile);
      if (process.env.BUNDLE_INPUTS === 'write') {
        lists[outfile] = inputs;
        writeFileSync(LISTS, `${JSON.stringify(lists, null, 2)}\n`);
      }
      assert.deepEqual(inputs, lists[outfile]);
    });
  }
});

/** The inputs that are part of the bundle; those that the bundler dropped cost nothing. */
async function inputsOf(outfile: string): Promise<readonly string[]> {
  const options = bundles.find((bundle) => bundle.outfile === outfile);
  assert.ok(options, outfile);
  const { metafile } = await build({ ...shared, ...options, write: false, metafile: true });
  return Object.entries(metafile.outputs[outfile]?.inputs ?? {})
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([input]) => input)
    .sort();
}
