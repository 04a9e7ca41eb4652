import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isStrictFolder } from '../../../core/project/isStrictFolder.js';
import { realPorts } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('strictness of a project that cannot be opened', () => {
  const folder = useTemporaryFolder();
  const isStrict = async (named: string | undefined = folder.join('p'), environment = {}, cwd = folder.path) => {
    const ports = { ...realPorts(), environment: { XDG_CONFIG_HOME: folder.join('config'), ...environment } };
    return await isStrictFolder(named, { ports, cwd });
  };
  const write = (path: string, text: string) => {
    mkdirSync(dirname(folder.join(path)), { recursive: true });
    writeFileSync(folder.join(path), text);
  };
  const project = (text: string) => write('p/.feature-backups.json', text);
  const user = (text: string) => write('config/feature-backups/config.json', text);

  const files: readonly (readonly [title: string, text: string, expected: boolean])[] = [
    ['enables it', '{ "strict": true }', true],
    ['enables it beside an invalid value', '{ "retention": { "keepLast": "long" }, "strict": true, // mine\n }', true],
    ['says the opposite', '{ "strict": false }', false],
    ['says the opposite beside a wrong value', '{ "retention": 5, "strict": false }', false],
    ['says nothing of it', '{ "store": "backups" }', false],
    ['says nothing of it beside a wrong value', '{ "store": 5, "schedule": { "drill": "?" } }', false],
    ['is empty', '', false],
    ['is no JSON', '{ "strict": false', true],
    ['is not an object', '[{ "strict": false }]', true],
    ['has something else for it', '{ "strict": "no" }', true],
  ];
  for (const [title, text, expected] of files) {
    it(`is ${expected ? 'on' : 'off'} if the configuration file ${title}`, async () => {
      project(text);
      assert.equal(await isStrict(), expected);
    });
  }

  it('is on if the configuration file is unreadable, and off if it is missing', async () => {
    assert.equal(await isStrict(), false);
    mkdirSync(folder.join('p/.feature-backups.json'), { recursive: true });
    assert.equal(await isStrict(), true);
  });

  it('comes from the project’s file, else from the user’s file', async () => {
    user('{ "strict": true, "targets": 5 }');
    assert.equal(await isStrict(), true);
    project('{ "strict": false }');
    assert.equal(await isStrict(), false);
    user('no JSON');
    assert.equal(await isStrict(), false);
    project('{}');
    assert.equal(await isStrict(), true);
  });

  it('comes from the environment first, even if other variables are invalid', async () => {
    project('no JSON');
    assert.equal(await isStrict('', { PROJECT_DIR: 'p', FEATURE_BACKUPS_STRICT: '0' }), false);
    project('{ "strict": false }');
    assert.equal(await isStrict('p', { FEATURE_BACKUPS_STRICT: '1', FEATURE_BACKUPS_KEEP_LAST: 'x' }), true);
    assert.equal(await isStrict('p', { FEATURE_BACKUPS_STRICT: 'perhaps' }), true);
    assert.equal(await isStrict('p', { FEATURE_BACKUPS_KEEP_LAST: 'x' }), false);
  });

  it('is read above the working directory and around a named database', async () => {
    project('{ "strict": true }');
    mkdirSync(folder.join('p/src/deep'), { recursive: true });
    assert.equal(await isStrict('', {}, folder.join('p/src/deep')), true);
    for (const named of ['p/.autoforge/features.db', 'p/.autoforge', 'p/features.db', 'p']) {
      write('p/.autoforge/features.db', '');
      assert.equal(await isStrict(named), true, named);
    }
    assert.equal(await isStrict(folder.join('p/src')), false, 'named exactly');
  });
});
