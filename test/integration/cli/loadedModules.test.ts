import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'mocha';
import { copyFixture } from '../../support/fixtureProject.js';
import { bareEnvironment, buildCli, CLI_PATH, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

/** Modules that the launchers and `core/system` load in addition to those that Node always loads. */
const CHEAP = ['module', 'os', 'vm'];

describe('the modules that a run loads', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  /** The public modules of Node that a run of this script loads. */
  const loadedBy = (script: string, args: readonly string[], cwd: string): readonly string[] => {
    const path = folder.join('loaded');
    const report = folder.join('report.cjs');
    writeFileSync(
      report,
      `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(path)}, process.moduleLoadList.join('\\n')));`,
    );
    const { status, stderr } = spawnSync(process.execPath, ['--require', report, script, ...args], {
      cwd,
      env: bareEnvironment({ HOME: folder.path }),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return [...readFileSync(path, 'utf8').matchAll(/^NativeModule (?!internal\/)(.*)$/gm)].map(([, name = '']) => name);
  };

  for (const [what, program, command] of [
    ['backup', 'feature-backups.cjs', 'backup'],
    ['commit', 'git-hook.cjs', 'pre-commit'],
  ] as const) {
    it(`are only the cheap ones if a ${what} finds no change`, () => {
      const project = copyFixture('2-after-200-passing', folder.join('project'));
      execFileSync('git', ['init', '--quiet', project]);
      writeFileSync(folder.join('nothing.cjs'), '');
      const bare = new Set(loadedBy(folder.join('nothing.cjs'), [], project));
      const loaded = (): readonly string[] =>
        loadedBy(join(dirname(CLI_PATH), program), [command], project).filter(
          (name) => !bare.has(name) && !CHEAP.includes(name),
        );
      assert.ok(loaded().includes('crypto'));
      assert.deepEqual(loaded(), []);
    });
  }

  it('do not include string-width for a list in ASCII', async () => {
    const project = copyFixture('2-after-200-passing', folder.join('project'));
    assert.equal((await runCli(['backup'], { cwd: project })).code, 0);
    // string-width creates a segmenter when it is loaded.
    const trap = folder.join('trap.cjs');
    writeFileSync(trap, "Intl.Segmenter = class { constructor() { throw new Error('string-width was loaded'); } };");
    const { status, stderr } = spawnSync(process.execPath, ['--require', trap, CLI_PATH, 'list'], {
      cwd: project,
      env: bareEnvironment({ HOME: folder.path }),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });
});
