import assert from 'node:assert/strict';
import nodeFileSystem, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { folderTarget } from '../../../core/replication/folderTarget.js';
import type { TargetFolder } from '../../../core/replication/target.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const FILES = ['one', 'two'].map((name) => ({ name, content: Buffer.from(`the content of ${name}`) }));

describe('folder as a target', () => {
  const folder = useTemporaryFolder();
  const root = () => folder.join('nas');
  const place = (...parts: string[]) => join(root(), 'shop-12345678', ...parts);
  const target = (changes: Partial<FileSystem> = {}) =>
    folderTarget('nas', root(), { ...realPorts(), files: { ...nodeFileSystem, ...changes } });
  const at = (changes: Partial<FileSystem> = {}): TargetFolder => target(changes).folder('shop-12345678');
  const fails =
    (code: string, message: RegExp, path = place()) =>
    (error: unknown): boolean => {
      assert.ok(error instanceof BackupError, String(error));
      assert.match(error.message, message);
      assert.equal(error.path, path);
      return error.code === code;
    };

  beforeEach(() => mkdirSync(root()));

  it('contains the files written to it, and creates private folders', async () => {
    await at().put(FILES);
    assert.equal(statSync(place()).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(place()), ['one', 'two']);
    for (const { name, content } of FILES) assert.deepEqual(readFileSync(place(name)), content);
    assert.deepEqual(await target().folders(), ['shop-12345678']);
    assert.equal(target().place, root());
  });

  it('lists regular files with size and time, but no links or folders', async () => {
    assert.deepEqual(await at().list(), []);
    await at().put(FILES);
    const time = new Date('2026-01-25T12:00:00Z');
    utimesSync(place('one'), time, time);
    symlinkSync(place('one'), place('link'));
    mkdirSync(place('folder'));
    const listed = [...(await at().list())].sort((a, b) => a.name.localeCompare(b.name));
    assert.deepEqual(
      [listed[0], listed.map(({ name }) => name)],
      [{ name: 'one', sizeBytes: 18, modifiedAt: time }, ['one', 'two']],
    );
    const lstatSync = ((path: string, options: object) => {
      if (path === place('one')) rmSync(path, { force: true });
      return nodeFileSystem.lstatSync(path, options);
    }) as FileSystem['lstatSync'];
    const left = await at({ lstatSync }).list();
    assert.deepEqual(
      left.map(({ name }) => name),
      ['two'],
      'a file removed during the listing',
    );
    const readdirSync = (() => {
      throw systemError('EIO');
    }) as FileSystem['readdirSync'];
    const opendirSync = readdirSync as unknown as FileSystem['opendirSync'];
    await assert.rejects(at({ readdirSync, opendirSync }).list(), fails('io', /list the copies/));
  });

  it('is missing if its disk is not mounted, and is never created', async () => {
    rmSync(root(), { recursive: true });
    const isMissing = fails('target-failed', /is missing/, root());
    await assert.rejects(at().list(), isMissing);
    await assert.rejects(at().put(FILES), isMissing);
    await assert.rejects(target().folders(), isMissing);
    writeFileSync(root(), 'a file');
    await assert.rejects(target().folders(), isMissing);
    assert.equal(existsSync(place()), false);
  });

  it('returns the requested files that exist, up to a limit', async () => {
    await at().put(FILES);
    symlinkSync(place('one'), place('link'));
    mkdirSync(place('folder'));
    const read = async (names: readonly string[], maxBytes: number) =>
      Object.fromEntries([...(await at().read(names, maxBytes))].map(([name, content]) => [name, content.toString()]));
    const both = { one: 'the content of one', two: 'the content of two' };
    assert.deepEqual(await read(['one', 'none', 'two', 'folder'], 36), both);
    const larger = fails('target-failed', /two in .* is too large/);
    await assert.rejects(read(['one', 'two'], 35), larger);
    await assert.rejects(read(['link'], 100), fails('io', /read the copies/));
    truncateSync(place('two'), 40);
    await assert.rejects(read(['two'], 39), larger);
  });

  it('reports data that it did not store correctly', async () => {
    for (const damage of [
      (content: Buffer) => Buffer.concat([content.subarray(1), Buffer.from('x')]),
      (content: Buffer) => content.subarray(1),
    ]) {
      const renameSync: FileSystem['renameSync'] = (from, to) => {
        nodeFileSystem.renameSync(from, to);
        if (to === place('two')) writeFileSync(to, damage(readFileSync(to)));
      };
      await assert.rejects(at({ renameSync }).put(FILES), fails('target-failed', /two at .* differs/));
    }
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      nodeFileSystem.renameSync(from, to);
      if (to === place('two')) rmSync(to);
    };
    await assert.rejects(at({ renameSync }).put(FILES), fails('target-failed', /two at .* differs/));
  });

  it('contains no incomplete file if a rename fails', async () => {
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      if (to === place('two')) throw systemError('EACCES');
      nodeFileSystem.renameSync(from, to);
    };
    await assert.rejects(at({ renameSync }).put(FILES), fails('permission-denied', /write the copies/));
    assert.deepEqual(readdirSync(place()), ['one']);
  });

  it('removes only regular files, and ignores missing ones', async () => {
    await at().put(FILES);
    symlinkSync(place('two'), place('link'));
    mkdirSync(place('folder'));
    await at().remove(['one', 'none', 'link', 'folder']);
    assert.deepEqual(readdirSync(place()), ['folder', 'link', 'two']);
    const unlinkSync = (code: string) => ({
      unlinkSync: () => {
        throw systemError(code);
      },
    });
    await at(unlinkSync('ENOENT')).remove(['two']);
    await assert.rejects(at(unlinkSync('EACCES')).remove(['two']), fails('permission-denied', /remove old copies/));
  });

  it('syncs the name of its folder once, and again only for a new folder', async () => {
    const synced: string[] = [];
    const paths = new Map<number, string>();
    const remote = at({
      openSync: (path, ...rest) => {
        const descriptor = nodeFileSystem.openSync(path, ...rest);
        paths.set(descriptor, String(path));
        return descriptor;
      },
      fsyncSync: (descriptor) => {
        synced.push(paths.get(descriptor) ?? '');
        nodeFileSystem.fsyncSync(descriptor);
      },
    });
    const rootSyncCount = () => synced.filter((path) => path === root()).length;
    const folderSyncCount = () => synced.filter((path) => path === place()).length;
    // As left by a run that stopped before the sync.
    mkdirSync(place());
    await remote.put(FILES);
    assert.deepEqual([rootSyncCount(), folderSyncCount()], [1, 1]);
    await remote.put(FILES);
    assert.deepEqual([rootSyncCount(), folderSyncCount()], [1, 2]);
    await remote.remove([]);
    assert.equal(folderSyncCount(), 2);
    await remote.remove(['one']);
    assert.equal(folderSyncCount(), 3);
    rmSync(place(), { recursive: true });
    await remote.put(FILES);
    assert.equal(rootSyncCount(), 2);
  });

  it('leaves no descriptor open', async () => {
    let open = 0;
    const files: Partial<FileSystem> = {
      openSync: (...args) => {
        const descriptor = nodeFileSystem.openSync(...args);
        open += 1;
        return descriptor;
      },
      closeSync: (descriptor) => {
        nodeFileSystem.closeSync(descriptor);
        open -= 1;
      },
    };
    await at(files).put(FILES);
    mkdirSync(place('folder'));
    await at(files).read(['one', 'none', 'folder'], 100);
    await assert.rejects(at(files).read(['one'], 1), fails('target-failed', /too large/));
    await at(files).remove(['one']);
    assert.equal(open, 0);
  });
});
