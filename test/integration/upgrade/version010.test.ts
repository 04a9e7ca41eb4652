import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import {
  BACKUPS_OF_010,
  KEY_OF_010,
  PINNED_BY_010,
  projectOf010,
  type ProjectOf010,
} from '../../support/version010.js';

describe('a project that version 0.1.0 protected', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it('still lists every backup, its pin and its history', async () => {
    const { document } = await inProjectJson(['list']);
    assert.deepEqual(idsOf(document.backups), BACKUPS_OF_010);
    assert.deepEqual(
      idsOf(document.backups, ({ pinned }) => pinned === true),
      [PINNED_BY_010],
    );
    const { document: history } = await inProjectJson(['list', '--history']);
    assert.equal(idsOf(history.states).length, 7);
    const { code } = await inProject(['verify']);
    assert.equal(code, 0);
  });

  it('restores an old backup, undoes the restore, and restores from the history', async () => {
    assert.equal((await inProject(['restore', PINNED_BY_010, '--yes'])).code, 0);
    assert.equal((await inProject(['undo', '--yes'])).code, 0);
    const { document } = await inProjectJson(['list', '--history']);
    const inHistory = idsOf(document.states)[0];
    assert.ok(inHistory, JSON.stringify(document));
    assert.equal((await inProject(['restore', inHistory, '--yes'])).code, 0);
  });

  it('keeps the pinned backup through a clean-up', async () => {
    assert.equal((await inProject(['cleanup', '--keep', '1', '--yes'])).code, 0);
    assert.ok(existsSync(join(at().store, `${PINNED_BY_010}.db`)));
  });

  it('continues with the copies that a target has, in the same folder', async () => {
    const before = timesIn(join(at().target, KEY_OF_010));
    const { code, document } = await inProjectJson(['replicate']);
    assert.equal(code, 0, JSON.stringify(document));
    assert.deepEqual(readdirSync(at().target), [KEY_OF_010]);
    assert.deepEqual(timesIn(join(at().target, KEY_OF_010)), before);
  });

  it('disconnects the agent and leaves the rest of its settings', async () => {
    const { code, stderr } = await inProject(['disconnect', 'claude', '--yes']);
    assert.equal(code, 0, stderr);
    const settings: unknown = JSON.parse(readFileSync(join(at().project, '.claude/settings.json'), 'utf8'));
    assert.deepEqual(settings, { permissions: { allow: ['Read'] } });
  });

  it('removes the git hooks again', async () => {
    const { code, stderr } = await inProject(['uninstall', 'git', '--yes']);
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      readdirSync(join(at().project, '.git/hooks')).filter((name) => !name.endsWith('.sample')),
      [],
    );
  });

  let made: { readonly folder: string; readonly layout: ProjectOf010 } | undefined;
  function at(): ProjectOf010 {
    if (made?.folder !== folder.path) made = { folder: folder.path, layout: projectOf010(folder.path) };
    return made.layout;
  }

  const inProject = async (args: readonly string[]) => await runCli(args, { cwd: at().project, env: at().environment });
  const inProjectJson = async (args: readonly string[]) =>
    await runCliJson(args, { cwd: at().project, env: at().environment });
});

type Listed = Readonly<Record<string, unknown>>;

function idsOf(list: unknown, chosen: (entry: Listed) => boolean = () => true): readonly string[] {
  assert.ok(Array.isArray(list));
  return (list as readonly Listed[]).filter(chosen).map(({ id }) => String(id));
}

function timesIn(path: string): Readonly<Record<string, number>> {
  return Object.fromEntries(readdirSync(path).map((name) => [name, statSync(join(path, name)).mtimeMs]));
}
