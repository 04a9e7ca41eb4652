import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addFeatureDatabase, storedMetadata } from '../../support/gitProject.js';
import { makeRepository, type Environment } from '../../support/gitRepository.js';
import { otherNode } from '../../support/otherNode.js';
import { bareEnvironment, buildCli, CLI_PATH, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const LAUNCHER = join(dirname(CLI_PATH), 'launch.sh');

describe('a program that is started with an old Node.js', function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();

  for (const version of ['16.20.2', '18.20.8', '20.9.0']) {
    it(`runs with a newer one on PATH (${version})`, async () => {
      buildCli();
      const old = await otherNode(version);
      const repository = makeRepository(folder.join('repo'));
      addFeatureDatabase(repository);
      const env = bareEnvironment({ PATH: `${dirname(old)}:${process.env.PATH ?? ''}` });
      const backup = spawnSync(old, [CLI_PATH, 'backup', '--json'], { cwd: repository.path, env, encoding: 'utf8' });
      assert.equal(backup.status, 0, backup.stderr);
      assert.equal(backup.stderr, '');
      assert.equal(storedMetadata(repository).length, 1);

      await runCli(['install', 'git'], { cwd: repository.path });
      const settings = repository.read('.git/feature-backups/settings');
      repository.write('.git/feature-backups/settings', settings.replace(/^node=.*$/m, `node='${old}'`));
      const { status, stderr } = repository.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'x'], env);
      assert.deepEqual([status, stderr], [0, '']);
      assert.equal(storedMetadata(repository)[0]?.events.at(-1)?.reason, 'before_commit');
    });
  }
});

describe('the launcher', () => {
  const folder = useTemporaryFolder();
  const SERVER = `process.stdout.write(JSON.stringify({ options: process.env.NODE_OPTIONS, own: Object.keys(process.env)
    .filter((name) => name === 'FEATURE_BACKUPS_NODE_OPTIONS') }) + '\\n')`;

  function launch(args: readonly string[], environment: Environment = {}, launcher = LAUNCHER) {
    buildCli();
    const env = bareEnvironment(environment);
    return spawnSync('/bin/sh', [launcher, ...args], { cwd: folder.path, env, encoding: 'utf8', input: '{}' });
  }

  /** Without the places of this system's own Node.js, and with a PATH that has none. */
  function withoutNode(args: readonly string[], strict?: string) {
    const launcher = folder.join('launch.sh');
    writeFileSync(launcher, readFileSync(LAUNCHER, 'utf8').replaceAll(/\/(?:usr|opt|snap)\/\S*node /g, '/nowhere '));
    const environment = { PATH: folder.path, HOME: '/nowhere', FEATURE_BACKUPS_STRICT: strict };
    return launch(['/gone/node', CLI_PATH, ...args], environment, launcher);
  }

  it('tries another Node.js if the recorded one is missing, too old or cannot be run', () => {
    writeFileSync(folder.join('old'), '#!/bin/sh\necho v18.20.0\n', { mode: 0o755 });
    writeFileSync(folder.join('broken'), 'not a program\n\0', { mode: 0o755 });
    for (const node of ['/gone/22.1.0/bin/node', folder.join('old'), folder.join('broken'), '']) {
      const { status, stdout, stderr } = launch([node, CLI_PATH, '--version']);
      assert.deepEqual([status, stderr], [0, ''], node);
      assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    }
  });

  it('lets a tool run without any Node.js, and blocks it with --strict', () => {
    const allowed = withoutNode(['hook', 'claude']);
    assert.deepEqual([allowed.status, allowed.stdout], [0, '']);
    assert.match(allowed.stderr, /Node\.js 20\.19 or later was not found/);
    const blocked = withoutNode(['hook', 'claude', '--strict']);
    assert.equal(blocked.status, 2);
    assert.match(blocked.stderr, /The tool was not run/);
    assert.equal(withoutNode(['hook', 'claude'], '1').status, 2);
    assert.equal(withoutNode(['hook', 'claude'], '0').status, 0);
  });

  it('starts the server of a tap without any Node.js, unless failures block', () => {
    symlinkSync('/bin/echo', folder.join('echo'));
    const started = withoutNode(['tap', '--project', 'x', '--', 'echo', 'the', '--', 'server']);
    assert.deepEqual([started.status, started.stdout], [0, 'the -- server\n']);
    assert.match(started.stderr, /starts without backups/);
    assert.equal(withoutNode(['tap', '--on-failure', 'block', '--', 'echo']).status, 1);
    assert.equal(withoutNode(['tap', '--', 'echo'], 'true').status, 1);
    assert.equal(withoutNode(['watch']).status, 1);
  });

  it('keeps NODE_OPTIONS away from the tap, and hands it on to the server', () => {
    mkdirSync(folder.join('shop'));
    writeFileSync(folder.join('loud.cjs'), 'console.log("in the protocol")\n');
    for (const options of ['--require=/gone/preload.cjs', `--require=${folder.join('loud.cjs')}`]) {
      const server = [
        '/usr/bin/env',
        '-u',
        'NOTHING',
        'sh',
        '-c',
        'echo "$NODE_OPTIONS ${FEATURE_BACKUPS_NODE_OPTIONS-none}"',
      ];
      const tap = [process.execPath, CLI_PATH, 'tap', '--project', folder.join('shop'), '--', ...server];
      const { status, stdout, stderr } = launch(tap, { NODE_OPTIONS: options });
      assert.equal(status, 0, stderr);
      assert.equal(stdout, `${options} none\n`);
    }
    const silent = [process.execPath, CLI_PATH, 'tap', '--', process.execPath, '-e', SERVER];
    assert.equal(launch(silent).stdout, '{"own":[]}\n');
  });

  it('keeps NODE_OPTIONS away from the agent hook', () => {
    const hook = [process.execPath, CLI_PATH, 'hook', 'claude'];
    const { status, stdout, stderr } = launch(hook, { NODE_OPTIONS: '--require=/gone/preload.cjs' });
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });
});
