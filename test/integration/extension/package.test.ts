import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const root = join(import.meta.dirname, '../../..');

describe('the packaged extension', () => {
  const folder = useTemporaryFolder();

  it('is under 2 MB and contains only the required files', function () {
    this.timeout(60_000);
    const file = folder.join('feature-backups.vsix');
    execFileSync(process.execPath, ['scripts/package.mjs', '--out', file], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    assert.ok(statSync(file).size < 2_000_000, `${statSync(file).size} bytes`);
    const names = namesIn(file);
    for (const needed of [
      'package.json',
      'package.nls.json',
      'changelog.md',
      'LICENSE.txt',
      'dist/extension.cjs',
      'dist/engine-host.cjs',
      'dist/task-worker.cjs',
      'dist/git-hook.cjs',
      'dist/gitHook.sh',
      'dist/launch.sh',
      'dist/feature-backups.cjs',
      'dist/sql-wasm.wasm',
      'dist/THIRD-PARTY-LICENSES.txt',
      'media/icon.png',
      'media/backups.svg',
      'media/feature-backups.schema.json',
      'l10n/bundle.l10n.json',
    ]) {
      assert.ok(names.includes(`extension/${needed}`), needed);
    }
    assert.deepEqual(
      names.filter((name) => /\.(ts|map)$|node_modules|(^|\/)test\//.test(name)),
      [],
    );
  });
});

/** With Python, which the tests need anyway; not every machine has unzip. */
function namesIn(file: string): readonly string[] {
  const script = 'import sys, zipfile\nprint("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))';
  return execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }).trim().split('\n');
}
