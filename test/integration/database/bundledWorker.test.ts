import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { makeImage } from '../../support/madeImage.js';

const core = join(import.meta.dirname, '../../../core/database');
const root = join(core, '../..');

describe('the bundled database code', () => {
  const folder = useTemporaryFolder();

  it('finds the WebAssembly and the worker beside it in any folder', async () => {
    const place = folder.join("a b'c");
    mkdirSync(place);
    writeFileSync(folder.join('plain.db'), makeImage('c.execute(FEATURES)'));
    const indexed = "c.execute(FEATURES)\nc.execute('CREATE INDEX i ON features (lower(name))')";
    writeFileSync(folder.join('hazardous.db'), makeImage(indexed));
    await bundle(place);
    for (const name of ['plain.db', 'hazardous.db']) {
      const output = execFileSync(process.execPath, [join(place, 'main.cjs'), folder.join(name)], { cwd: '/' });
      assert.deepEqual(JSON.parse(output.toString()), {
        check: { check: 'integrity_check', ok: true, problems: [] },
        shape: 'ok',
        counts: { total: 0, passing: 0, inProgress: 0 },
      });
    }
  });
});

async function bundle(place: string): Promise<void> {
  const main = `
    import { readFileSync } from 'node:fs';
    import { inspectImage } from ${JSON.stringify(join(core, 'imageOperations.ts'))};
    inspectImage(readFileSync(process.argv[2]), 'integrity_check').then((found) => console.log(JSON.stringify(found)));`;
  const options = {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  } as const;
  await build({ ...options, stdin: { contents: main, resolveDir: root }, outfile: join(place, 'main.cjs') });
  await build({ ...options, entryPoints: [join(core, 'taskWorker.ts')], outfile: join(place, 'task-worker.cjs') });
  copyFileSync(createRequire(import.meta.filename).resolve('sql.js/dist/sql-wasm.wasm'), join(place, 'sql-wasm.wasm'));
}
