import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { copyFixture } from '../../support/fixtureProject.js';
import { CLI_PATH, bareEnvironment, buildCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the shipped SQLite', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(function () {
    // Other versions of V8 treat the section as a comment.
    if (!process.versions.node.startsWith('20.')) this.skip();
    buildCli();
  });

  /** How many of its functions V8 compiles when it is loaded. */
  const compiledAtOnce = (...flags: readonly string[]): number => {
    const module = JSON.stringify(join(dirname(CLI_PATH), 'sql-wasm.wasm'));
    const script = `new WebAssembly.Module(require('node:fs').readFileSync(${module}))`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...flags, '--trace-wasm-compilation-times', '--no-wasm-lazy-compilation', '-e', script],
      { env: bareEnvironment(), encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    assert.equal(status, 0, stderr);
    return new Set(stdout.match(/#\d+ using/g)).size;
  };

  it('contains hints about which functions V8 should compile eagerly', () => {
    const all = compiledAtOnce();
    const hinted = compiledAtOnce('--experimental-wasm-compilation-hints');
    assert.ok(all > 1500, `${String(all)} functions`);
    assert.ok(hinted > 300 && hinted < all / 2, `${String(hinted)} of ${String(all)}`);
  });

  for (const program of ['feature-backups.cjs', 'git-hook.cjs']) {
    it(`is never optimised in ${program}, because that would delay its exit`, () => {
      const project = copyFixture('2-after-200-passing', folder.join('project'));
      execFileSync('git', ['init', '--quiet', project]);
      const command = program === 'git-hook.cjs' ? 'pre-commit' : 'backup';
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--trace-wasm-compilation-times', join(dirname(CLI_PATH), program), command],
        { cwd: project, env: bareEnvironment(), encoding: 'utf8', maxBuffer: 2 ** 26 },
      );
      assert.equal(status, 0, stderr);
      assert.ok((stdout.match(/using Liftoff/g)?.length ?? 0) > 300, stdout.slice(0, 1000));
      assert.equal(stdout.match(/using TurboFan/g), null);
    });
  }
});
