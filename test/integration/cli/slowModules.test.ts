import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { copyFixture } from '../../support/fixtureProject.js';
import { CLI_PATH, bareEnvironment, buildCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

/** Prints which of Node's own modules have been loaded when the process ends. */
const PRINT_MODULES = `process.on('exit', () => require('node:fs').writeSync(2, process.moduleLoadList.join('\\n')));`;

describe('the modules of Node that take long to load', function () {
  this.timeout(60_000);
  before(buildCli);
  const folder = useTemporaryFolder();

  it('are left alone by a backup that finds nothing new, and loaded by one that needs them', () => {
    const project = copyFixture('2-after-200-passing', folder.join('project'));
    const preload = folder.join('preload.cjs');
    writeFileSync(preload, PRINT_MODULES);
    const modulesOf = (...args: readonly string[]): readonly string[] => {
      const { status, stderr } = spawnSync(process.execPath, ['--require', preload, CLI_PATH, ...args], {
        env: bareEnvironment({ HOME: folder.path }),
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      return SLOW_MODULES.filter((name) => new RegExp(`^NativeModule ${name}$`, 'm').test(stderr));
    };
    assert.ok(modulesOf('backup', project).includes('crypto'));
    assert.deepEqual(modulesOf('backup', project), []);
  });
});

const SLOW_MODULES = ['child_process', 'crypto', 'stream/promises', 'timers/promises', 'v8', 'worker_threads', 'zlib'];
