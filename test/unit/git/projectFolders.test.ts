import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProjectFolders } from '../../../core/git/projectFolders.js';
import type { Repository } from '../../../core/git/repository.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();

function workTree(...folders: readonly string[]): Repository {
  const root = folder.join('tree');
  for (const name of ['.git', ...folders]) mkdirSync(join(root, name), { recursive: true });
  return { workTree: root, gitFolder: join(root, '.git'), commonFolder: join(root, '.git') };
}

/** Counts reads, with a clock far after the last change of any folder. */
function countingPorts(): { readonly ports: Ports; readonly readFolders: string[] } {
  const real = realPorts();
  const readFolders: string[] = [];
  const readdirSync = ((path: string, options: never) => {
    readFolders.push(path);
    return real.files.readdirSync(path, options);
  }) as unknown as Ports['files']['readdirSync'];
  const now = (): Date => new Date(Date.now() + 3_600_000);
  return { ports: { ...real, now, files: { ...real.files, readdirSync } }, readFolders };
}

describe('the projects of a work tree', () => {
  it('are found by their typical entries, three levels deep, outside hidden folders and nested repositories', () => {
    const repository = workTree(
      'a/.autoforge',
      'a/b/c/.autocoder',
      'a/b/c/d/.autoforge',
      'x/.feature_backups',
      'node_modules/m/.autoforge',
      '.hidden/.autoforge',
      'submodule/.autoforge',
      'submodule/inner/.autoforge',
    );
    writeFileSync(join(repository.workTree, 'features.db'), '');
    writeFileSync(join(repository.workTree, 'submodule/.git'), 'gitdir: ../.git/modules/submodule');
    symlinkSync('..', join(repository.workTree, 'x/loop'));
    assert.deepEqual([...findProjectFolders(repository, realPorts())].sort(), ['', 'a', 'a/b/c', 'x']);
  });

  it('are found again without reading unchanged folders', () => {
    const names = Array.from({ length: 250 }, (_, index) => `${String(index % 10)}/${String(index)}`);
    const repository = workTree(...names, '3/shop/.autoforge');
    const first = countingPorts();
    assert.deepEqual(findProjectFolders(repository, first.ports), ['3/shop']);
    assert.equal(first.readFolders.length, 262);
    const second = countingPorts();
    assert.deepEqual(findProjectFolders(repository, second.ports), ['3/shop']);
    assert.deepEqual(second.readFolders, []);
    mkdirSync(join(repository.workTree, '4/new/.autoforge'), { recursive: true });
    const third = countingPorts();
    assert.deepEqual(findProjectFolders(repository, third.ports), ['3/shop', '4/new']);
    assert.deepEqual(
      third.readFolders,
      ['4', '4/new'].map((name) => join(repository.workTree, name)),
    );
  });

  it('are searched again in a folder that changed within the last tick of the clock', () => {
    const names = Array.from({ length: 30 }, (_, index) => String(index));
    const repository = workTree(...names);
    findProjectFolders(repository, realPorts());
    const now = new Date();
    utimesSync(join(repository.workTree, '7'), now, now);
    findProjectFolders(repository, realPorts());
    mkdirSync(join(repository.workTree, '7/.autoforge'));
    utimesSync(join(repository.workTree, '7'), now, now);
    assert.deepEqual(findProjectFolders(repository, realPorts()), ['7']);
  });

  it('are searched in a limited number of folders, the top ones first', () => {
    const deep = Array.from({ length: 500 }, (_, index) => `a/${String(index)}`);
    const repository = workTree(...deep, 'z/.autoforge');
    const { ports, readFolders } = countingPorts();
    assert.deepEqual(findProjectFolders(repository, ports), ['z']);
    assert.equal(readFolders.length, 400);
  });

  it('cause a warning for a folder that cannot be searched', () => {
    const repository = workTree('shop/.autoforge', 'other/.autoforge');
    const { ports } = countingPorts();
    const { readdirSync } = ports.files;
    const failing = ((path: string, options: never) => {
      if (path === join(repository.workTree, 'shop')) throw systemError('EMFILE');
      return readdirSync(path, options);
    }) as unknown as Ports['files']['readdirSync'];
    const warnings: string[] = [];
    const closed = {
      ...ports,
      files: { ...ports.files, readdirSync: failing },
      onWarning: (w: string) => warnings.push(w),
    };
    assert.deepEqual(findProjectFolders(repository, closed), ['other']);
    assert.match(warnings.join('\n'), /could not search .*shop for projects: EMFILE/);
  });
});
