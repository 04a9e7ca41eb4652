import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PLANTED_FILES, plantAt, runCliOrKill } from '../../support/plantedFiles.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { makeRepository } from '../../support/gitRepository.js';
import { bareEnvironment } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const IDENTITY = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'C',
  GIT_COMMITTER_EMAIL: 'c@example.com',
};

describe('hostile files in a project', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const run = (args: readonly string[], env = {}) => runCliOrKill(args, { cwd: folder.join('project'), env });

  beforeEach(() => {
    mkdirSync(folder.join('project'));
    makeFeatureDatabase(folder.join('project/features.db'), { features: 3, passing: 1 });
  });

  for (const planted of PLANTED_FILES) {
    it(`refuses ${planted.title} as .feature-backups.json`, () => {
      plantAt(folder.join('project/.feature-backups.json'), planted);
      for (const command of ['status', 'backup']) {
        const { code, stderr } = run([command]);
        assert.notEqual(code, null, `${command} hung`);
        assert.equal(code, 2, stderr);
        assert.match(stderr, /is not a configuration file|is a link that points outside/);
      }
    });
  }

  it('follows a link from the configuration to another file of the project', () => {
    writeFileSync(folder.join('project/shared.json'), '{ "store": "kept" }');
    symlinkSync('shared.json', folder.join('project/.feature-backups.json'));
    assert.match(run(['backup']).stdout, /features_3_/);
    assert.match(run(['list', '--json']).stdout, /project\/kept/);
  });

  const userFile = () => folder.join('config/feature-backups/config.json');
  const asUser = () => ({ XDG_CONFIG_HOME: folder.join('config') });

  it('follows any link from the user’s own configuration', () => {
    mkdirSync(dirname(userFile()), { recursive: true });
    writeFileSync(folder.join('dotfile.json'), '{ "store": "kept" }');
    symlinkSync(folder.join('dotfile.json'), userFile());
    run(['backup'], asUser());
    assert.match(run(['list', '--json'], asUser()).stdout, /project\/kept/);
  });

  it('does not hang on a pipe, a device or a huge file as the user’s own configuration', () => {
    for (const planted of PLANTED_FILES) {
      plantAt(userFile(), planted);
      const { code, stderr } = run(['status'], asUser());
      assert.notEqual(code, null, `it hung on ${planted.title}`);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /config\.json is not a configuration file/);
      unlinkSync(userFile());
    }
  });

  it('treats a pipe instead of an agent’s lock as a running agent', () => {
    assert.equal(run(['backup']).code, 0);
    execFileSync('mkfifo', [folder.join('project/.agent.lock')]);
    const { code, stderr } = run(['restore', 'latest', '--dry-run', '--json']);
    assert.notEqual(code, null, 'it hung');
    assert.equal(code, 0, stderr);
  });

  it('locates a missing database despite a pipe instead of metadata', () => {
    assert.equal(run(['backup']).code, 0);
    unlinkSync(folder.join('project/features.db'));
    execFileSync('mkfifo', [folder.join('project/.feature_backups/features_9_20990101-000000_x.json')]);
    const { code, stderr } = run(['list']);
    assert.notEqual(code, null, 'it hung');
    assert.equal(code, 0, stderr);
  });

  it('does not block a commit if a pipe replaces the file between two hooks', () => {
    const repository = makeRepository(folder.join('project'));
    assert.equal(run(['install', 'git', '--using', 'hooks-folder']).code, 0);
    repository.commit('one', '1');
    for (const name of ['pending', 'projects', 'folders.json']) {
      const path = folder.join(`project/.git/feature-backups/${name}`);
      rmSync(path, { force: true });
      execFileSync('mkfifo', [path]);
    }
    execFileSync('sqlite3', [folder.join('project/features.db'), 'UPDATE features SET passes = 1']);
    const { signal } = spawnSync('git', ['commit', '--allow-empty', '--message', 'two'], {
      cwd: repository.path,
      env: bareEnvironment(IDENTITY),
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    assert.equal(signal, null, 'it hung');
    assert.match(repository.git('log', '-1', '--format=%s'), /^two$/);
  });
});
