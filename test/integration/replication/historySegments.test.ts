import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { fetchAll } from '../../../core/replication/fetchFromTarget.js';
import { copyHistory } from '../../../core/replication/copyHistory.js';
import { openTarget } from '../../../core/replication/openTarget.js';
import { rcloneTarget } from '../../../core/replication/rcloneTarget.js';
import { readTarget } from '../../../core/replication/readTarget.js';
import type { TargetFolder } from '../../../core/replication/target.js';
import type { Project } from '../../../core/project/project.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { folderTargetNamed } from '../../support/replication/copies.js';
import { makeFakeRclone } from '../../support/replication/fakeRclone.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const KEY = 'shop-00000001';

describe('history segments at a target', () => {
  const folder = useTemporaryFolder();
  const project = (maxBytes = 1000): Project => {
    const made = testProject(folder.join('shop'));
    return { ...made, configuration: { ...made.configuration, history: { maxBytes } } };
  };
  const targetFolder = (): TargetFolder =>
    openTarget(folderTargetNamed('nas', folder.join('nas')), folder.path, realPorts()).folder(KEY);
  const segment = (number: number): string => `history-00000${number.toString()}-20260125-120000.fbh`;
  const writeLocalSegment = (number: number, content: string): void =>
    writeFileSync(folder.join('shop', '.feature_backups', segment(number)), content);
  const putAtTarget = (number: number, content: string): void =>
    writeFileSync(folder.join('nas', KEY, segment(number)), content);
  const contentIn = (...path: string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(
      readdirSync(folder.join(...path))
        .filter((name) => name.endsWith('.fbh'))
        .sort()
        .map((name) => [name, readFileSync(folder.join(...path, name), 'utf8')]),
    );
  const copy = async (maxBytes: number, mayRemove = true) => {
    const { segments } = await readTarget(targetFolder());
    return await copyHistory(
      { project: project(maxBytes), folder: targetFolder(), listed: segments, mayRemove },
      realPorts(),
    );
  };

  beforeEach(() => {
    mkdirSync(project().storePath, { recursive: true });
    mkdirSync(folder.join('nas', KEY), { recursive: true });
  });

  it('are copied if they are missing there or have grown', async () => {
    writeLocalSegment(1, 'one');
    writeLocalSegment(2, 'two, grown');
    writeLocalSegment(3, 'three');
    putAtTarget(1, 'one');
    putAtTarget(2, 'two');
    assert.deepEqual(await copy(1000), { copied: [segment(2), segment(3)], bytes: 15 });
    assert.deepEqual(contentIn('nas', KEY), contentIn('shop', '.feature_backups'));
  });

  it('are skipped if they are deleted meanwhile, and cause an error if they cannot be read', async () => {
    writeLocalSegment(1, 'one');
    writeLocalSegment(2, 'two');
    let open = 0;
    const refusing = (code: string): Ports => {
      const files = interferingFiles(({ name, path }) => {
        if (name === 'open' && path.endsWith(segment(1)) && path.startsWith(project().storePath))
          throw systemError(code);
      });
      const openSync: FileSystem['openSync'] = (...args) => {
        const descriptor = files.openSync(...args);
        open += 1;
        return descriptor;
      };
      const closeSync: FileSystem['closeSync'] = (descriptor) => {
        files.closeSync(descriptor);
        open -= 1;
      };
      return { ...realPorts(), files: { ...files, openSync, closeSync } };
    };
    const copyWith = async (code: string) =>
      await copyHistory({ project: project(), folder: targetFolder(), listed: [], mayRemove: true }, refusing(code));
    assert.deepEqual(await copyWith('ENOENT'), { copied: [segment(2)], bytes: 3 });
    await assert.rejects(copyWith('EACCES'), { code: 'permission-denied', message: /read the history/ });
    assert.equal(open, 0);
  });

  it('are removed beyond the limit, oldest first, except those still in the store', async () => {
    writeLocalSegment(2, 'x'.repeat(100));
    for (const number of [1, 2, 3, 4]) putAtTarget(number, 'x'.repeat(100));
    const namesAtTarget = (): readonly string[] => Object.keys(contentIn('nas', KEY));
    await copy(399, false);
    await copy(400);
    assert.deepEqual(namesAtTarget(), [1, 2, 3, 4].map(segment));
    await copy(399);
    assert.deepEqual(namesAtTarget(), [2, 3, 4].map(segment));
    await copy(150);
    assert.deepEqual(namesAtTarget(), [segment(2)]);
  });

  it('are fetched from a remote that counts slightly more bytes than they have', async function () {
    if (process.platform === 'win32') this.skip();
    const rclone = makeFakeRclone(folder.join('fake'));
    const remote = rcloneTarget('away', 'fake:', undefined, rclone.portsWith({})).folder(KEY);
    const content = 'x'.repeat(100);
    for (const number of [1, 2]) writeFileSync(join(rclone.stored, segment(number)), content);
    await fetchAll(project(), remote, await readTarget(remote), realPorts());
    assert.deepEqual(contentIn('shop', '.feature_backups'), { [segment(1)]: content, [segment(2)]: content });
  });

  it('are fetched only to a store without a history', async () => {
    putAtTarget(1, 'one');
    putAtTarget(2, 'two');
    writeLocalSegment(3, 'its own');
    const fetchInto = async (into: Project) =>
      await fetchAll(into, targetFolder(), await readTarget(targetFolder()), realPorts());
    await fetchInto(project());
    assert.deepEqual(contentIn('shop', '.feature_backups'), { [segment(3)]: 'its own' });
    const other = { ...project(), storePath: folder.join('shop', 'other') };
    await fetchInto(other);
    assert.deepEqual(contentIn('shop', 'other'), { [segment(1)]: 'one', [segment(2)]: 'two' });
  });
});
