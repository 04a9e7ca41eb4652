import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

/** Properties that every JavaScript object inherits, and that are neither commands nor options. */
const INHERITED = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'];

describe('an inherited property name', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();

  beforeEach(() => {
    makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 2 });
  });

  for (const name of INHERITED) {
    it(`is not a command, agent, connection, hook or option: ${name}`, async () => {
      for (const args of [
        [name],
        [name, '--help'],
        ['--help', name],
        ['help', name],
        ['hook', name],
        ['connect', name, '--project', folder.path],
        ['disconnect', name, '--project', folder.path],
        ['service', name],
        ['notify', name],
        ['status', folder.path, `--${name}`],
      ]) {
        const { code, stderr } = await runCli(args);
        assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
        assert.doesNotMatch(stderr, /unexpected/, args.join(' '));
      }
    });

    it(`is an unknown configuration key at any depth: ${name}`, async () => {
      const settings = `{ "${name}": 1, "retention": { "${name}": 1 }, "notifications": { "${name}": [] } }`;
      writeFileSync(folder.join('.feature-backups.json'), settings);
      const { code, stderr } = await runCli(['list', folder.path]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`unknown key "${name}"`));
    });
  }

  it('is a valid reason of a backup', async () => {
    for (const name of INHERITED) {
      const { code, stderr } = await runCli(['backup', folder.path, '--reason', name]);
      assert.equal(code, 0, `${name}: ${stderr}`);
    }
    const { code, stdout } = await runCli(['status', folder.path, '--json']);
    assert.equal(code, 0, stdout);
  });
});
