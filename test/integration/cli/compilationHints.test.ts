import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { CLI_PATH, bareEnvironment, buildCli } from '../../support/runCli.js';

describe('the shipped SQLite', function () {
  this.timeout(60_000);
  before(function () {
    // Only there is the section used; other versions take it for a comment.
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

  it('tells V8 which functions a backup runs: these are compiled at once, the others are left', () => {
    const all = compiledAtOnce();
    const hinted = compiledAtOnce('--experimental-wasm-compilation-hints');
    assert.ok(all > 1500, `${String(all)} functions`);
    assert.ok(hinted > 300 && hinted < all / 2, `${String(hinted)} of ${String(all)}`);
  });
});
