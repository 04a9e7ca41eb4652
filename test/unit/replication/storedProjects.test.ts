import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { describeProject, parseDescription } from '../../../core/replication/projectDescription.js';
import { openTarget } from '../../../core/replication/openTarget.js';
import {
  selectStoredProject,
  readStoredProjects,
  type ProjectSelection,
} from '../../../core/replication/storedProjects.js';
import { isSmallFileName } from '../../../core/replication/targetNames.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts } from '../../../core/system/ports.js';
import { folderTargetNamed } from '../../support/replication/copies.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const SHOP = 'shop-00000001';
const OTHER_SHOP = 'shop-00000002';
const BLOG = 'blog-00000003';

describe('projects at a target', () => {
  const folder = useTemporaryFolder();
  const target = () => openTarget(folderTargetNamed('nas', folder.path), folder.path, realPorts());
  const put = (key: string, description: string): void => {
    mkdirSync(folder.join(key));
    writeFileSync(folder.join(key, 'project.json'), description);
  };
  const choose = async (request: Partial<ProjectSelection> = {}): Promise<string> => {
    const projects = await readStoredProjects(target());
    try {
      return selectStoredProject(
        projects,
        { requested: undefined, ownKey: undefined, folderName: '', ...request },
        target(),
      ).key;
    } catch (error) {
      assert.ok(error instanceof BackupError);
      return error.code;
    }
  };
  beforeEach(() => {
    put(SHOP, JSON.stringify({ name: 'shop', host: 'one', root: '/home/shop', database: 'features.db' }));
  });

  it('are in folders with keys, described by their files, or else by the key', async () => {
    put(OTHER_SHOP, '{ half');
    put(BLOG, JSON.stringify({ name: '', host: 7, key: SHOP }));
    mkdirSync(folder.join('photos'));
    assert.deepEqual(
      (await readStoredProjects(target())).map(({ key, name, host, root, database }) => [
        ...[key, name, host, root, database],
      ]),
      [
        [BLOG, 'blog', '', '', ''],
        [SHOP, 'shop', 'one', '/home/shop', 'features.db'],
        [OTHER_SHOP, 'shop', '', '', ''],
      ],
    );
  });

  it('are described with the path of their database inside the project', () => {
    const project = testProject(folder.join('shop'));
    const databasePath = join(project.root, 'data', 'new', 'features.db');
    const identity = { key: SHOP, host: 'one', root: project.root, inode: 1, isProven: true };
    assert.deepEqual(parseDescription(SHOP, describeProject({ ...project, databasePath }, identity)), {
      ...{ key: SHOP, name: 'shop', host: 'one', root: project.root, database: 'data/new/features.db' },
    });
  });

  it('are selected by key or unambiguous name', async () => {
    put(BLOG, JSON.stringify({ name: 'my blog' }));
    assert.equal(await choose({ requested: SHOP }), SHOP);
    assert.equal(await choose({ requested: BLOG }), BLOG);
    assert.equal(await choose({ requested: 'my blog' }), BLOG);
    assert.equal(await choose({ requested: 'shop' }), SHOP);
    assert.equal(await choose({ requested: 'blo' }), 'backup-not-found');
    put(OTHER_SHOP, JSON.stringify({ name: 'shop' }));
    assert.equal(await choose({ requested: 'shop' }), 'usage');
    assert.equal(await choose({ requested: OTHER_SHOP }), OTHER_SHOP);
  });

  it('are selected by the key of the store, as the only one, or by the folder’s name, if none is named', async () => {
    assert.equal(await choose({ folderName: 'elsewhere' }), SHOP);
    put(BLOG, JSON.stringify({ name: 'my blog' }));
    assert.equal(await choose({ folderName: 'elsewhere' }), 'usage');
    assert.equal(await choose({ folderName: 'my blog' }), BLOG);
    assert.equal(await choose({ folderName: 'my blog', ownKey: SHOP }), SHOP);
    assert.equal(await choose({ folderName: 'my blog', ownKey: OTHER_SHOP }), BLOG);
    put(OTHER_SHOP, JSON.stringify({ name: 'shop' }));
    assert.equal(await choose({ folderName: 'shop' }), 'usage');
  });

  it('are none at an empty target', async () => {
    const empty = openTarget(folderTargetNamed('nas', folder.join('photos')), folder.path, realPorts());
    mkdirSync(folder.join('photos'));
    assert.deepEqual(await readStoredProjects(empty), []);
    assert.throws(
      () => selectStoredProject([], { requested: undefined, ownKey: undefined, folderName: 'shop' }, empty),
      {
        code: 'backup-not-found',
      },
    );
  });

  it('are listed in the error if none or several match', async () => {
    const messageFor = async (requested?: string): Promise<readonly (string | undefined)[]> => {
      const projects = await readStoredProjects(target());
      try {
        selectStoredProject(projects, { requested, ownKey: undefined, folderName: '' }, target());
        return [];
      } catch (error) {
        assert.ok(error instanceof BackupError);
        return [error.message, error.hint];
      }
    };
    const shop = `${SHOP} (/home/shop on one)`;
    assert.deepEqual(await messageFor('wiki'), [`No backups of wiki exist at ${folder.path}`, `It contains: ${shop}.`]);
    put(BLOG, '{}');
    const [several] = await messageFor();
    assert.equal(several, `${folder.path} contains several projects: ${BLOG} ( on ), ${shop}`);
    for (let number = 10; number < 28; number += 1) put(`x-000000${number.toString()}`, '{}');
    assert.doesNotMatch((await messageFor())[0] ?? '', /…/);
    put('y-00000001', '{}');
    assert.match((await messageFor())[0] ?? '', /x-00000027 \( on \), …$/);
    const empty = openTarget(folderTargetNamed('nas', folder.join(SHOP)), folder.path, realPorts());
    assert.throws(
      () => selectStoredProject([], { requested: undefined, ownKey: undefined, folderName: 'shop' }, empty),
      {
        message: `No backups exist at ${folder.join(SHOP)}`,
        hint: /Check the name of the target/,
      },
    );
  });
});

describe('a small file at a target', () => {
  it('is the description of the project, or the metadata of a copy', () => {
    const names = ['project.json', 'features_1_20260125-144600_a.json', 'notes.json', 'features_1.db.gz', '.json'];
    assert.deepEqual(names.filter(isSmallFileName), ['project.json', 'features_1_20260125-144600_a.json']);
  });
});
