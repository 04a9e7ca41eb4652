import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { replicate } from '../../../core/replication/replicate.js';
import { describeProject } from '../../../core/replication/projectDescription.js';
import { assertOwnFolder, identifyStore, readStoreKey } from '../../../core/replication/storeIdentity.js';
import { TargetRecords } from '../../../core/replication/targetRecords.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('key of a store', () => {
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.join('shop'));
  const path = () => join(project().storePath, '.store-id');
  const ports = (files: FileSystem = realPorts().files): Ports => ({
    ...realPorts(),
    files,
    environment: { FEATURE_BACKUPS_STATE: folder.join('state') },
  });
  const identify = (files?: FileSystem) =>
    identifyStore(project(), new TargetRecords(project(), ports()), ports(files));
  beforeEach(() => mkdirSync(join(project().storePath, '.replication'), { recursive: true }));

  const assertSettled = (key: string): void => {
    assert.match(key, /^shop-[0-9a-f]{8}$/);
    assert.equal(identify().key, key);
    const written = JSON.parse(readFileSync(path(), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(
      [written.key, written.host, written.inode],
      [key, hostname(), statSync(path()).ino],
      'as the file says',
    );
    assert.deepEqual(readdirSync(join(project().storePath, '.replication')), []);
  };

  /** File system calls in order: files written, synced and renamed. */
  const recording = (calls: string[], fail?: string): FileSystem => {
    const real = realPorts().files;
    const names = new Map<number, string>();
    const nameOf = (file: unknown): string => {
      const name = String(file).slice(project().storePath.length + 1);
      return name.replace(/^\.replication[/\\]\.tmp-.*/, 'temporary') || 'store';
    };
    const note = (call: string): void => {
      calls.push(call);
      if (call === fail) throw Object.assign(new Error('EIO: made by a test'), { code: 'EIO' });
    };
    return {
      ...real,
      openSync: (file, ...rest) => {
        const descriptor = real.openSync(file, ...rest);
        names.set(descriptor, nameOf(file));
        return descriptor;
      },
      writeSync: ((descriptor: number, ...rest: [Uint8Array, number, number, number]) => {
        note(`write ${names.get(descriptor) ?? ''}`);
        return real.writeSync(descriptor, ...rest);
      }) as FileSystem['writeSync'],
      fsyncSync: (descriptor) => {
        note(`sync ${names.get(descriptor) ?? ''}`);
        real.fsyncSync(descriptor);
      },
      linkSync: (from, to) => {
        note(`name ${nameOf(from)} ${nameOf(to)}`);
        real.linkSync(from, to);
      },
      renameSync: (from, to) => {
        note(`name ${nameOf(from)} ${nameOf(to)}`);
        real.renameSync(from, to);
      },
    };
  };
  const DURABLE = ['write temporary', 'sync temporary', 'name temporary .store-id', 'sync store'];

  it('is published after its file is synced, and its name is synced too', () => {
    const calls: string[] = [];
    const { key } = identify(recording(calls));
    assert.deepEqual(calls, DURABLE);
    assertSettled(key);
  });

  it('replaces a damaged one in the same order', () => {
    writeFileSync(path(), '');
    const calls: string[] = [];
    const { key } = identify(recording(calls));
    assert.deepEqual(calls, DURABLE);
    assertSettled(key);
  });

  it('is not used if it cannot be written or synced, and leaves no file', () => {
    for (const fail of DURABLE.slice(0, 3)) {
      assert.throws(() => identify(recording([], fail)), { code: 'io' }, fail);
      assert.deepEqual(readdirSync(project().storePath), ['.replication'], fail);
      assert.deepEqual(readdirSync(join(project().storePath, '.replication')), [], fail);
    }
    assertSettled(identify().key);
  });

  it('is created again, once, if its file is damaged by a power failure or another program', () => {
    const { key: first } = identify();
    const good = JSON.parse(readFileSync(path(), 'utf8')) as Record<string, unknown>;
    const text = JSON.stringify(good);
    const without = (name: string) => JSON.stringify({ ...good, [name]: undefined });
    const garbage = [
      ...[
        '',
        '\0'.repeat(text.length),
        text.slice(0, -1),
        'null',
        '[]',
        '7',
        '"text"',
        '{}',
        ' '.repeat(70_000) + text,
      ],
      ...['key', 'host', 'root', 'inode'].map(without),
      ...['../../outside-12345678', '/outside-12345678', 'shop', 'shop-1234567g', '', 7].map((key) =>
        JSON.stringify({ ...good, key }),
      ),
      JSON.stringify({ ...good, inode: String(good.inode) }),
    ];
    const keys = new Set([first]);
    for (const content of garbage) {
      writeFileSync(path(), content);
      const { key } = identify();
      assert.equal(keys.has(key), false, content.slice(0, 100));
      keys.add(key);
      assertSettled(key);
    }
  });

  it('begins with the folder’s name, as far as every target allows', () => {
    const keyIn = (name: string): string => {
      const made = testProject(folder.join(name));
      mkdirSync(join(made.storePath, '.replication'), { recursive: true });
      assert.equal(readStoreKey(made, ports()), undefined);
      const { key } = identifyStore(made, new TargetRecords(made, ports()), ports());
      assert.equal(readStoreKey(made, ports()), key);
      assert.match(key, /-[0-9a-f]{8}$/);
      return key.slice(0, -9);
    };
    assert.equal(keyIn('my shop & blog'), 'my-shop-blog');
    assert.equal(keyIn('--x_1--'), 'x_1');
    assert.equal(keyIn('数'), 'project');
    assert.equal(keyIn('a'.repeat(80)), 'a'.repeat(60));
  });

  it('leaves no file open, whether written or not', () => {
    let open = 0;
    const counting = (files: FileSystem): FileSystem => ({
      ...files,
      openSync: (...args) => {
        const descriptor = files.openSync(...args);
        open += 1;
        return descriptor;
      },
      closeSync: (descriptor) => {
        files.closeSync(descriptor);
        open -= 1;
      },
    });
    assert.throws(() => identify(counting(recording([], 'sync temporary'))), { code: 'io' });
    identify(counting(realPorts().files));
    assert.equal(open, 0);
  });

  describe('known only from its text', () => {
    const KEY = 'shop-12345678';
    const owner = () => new TargetRecords(project(), ports()).ownerOf(KEY);
    const replicateTo = async (names: readonly string[], options: object = {}): Promise<void> => {
      const targets = names.map((name) => ({ name, folder: folder.join(name), rclone: undefined, retention: {} }));
      const { configuration } = project();
      await replicate({ ...project(), configuration: { ...configuration, targets } }, options, ports());
    };
    beforeEach(() => {
      // As version 0.1.0 wrote it; a restored file has another inode.
      const identity = { format: 1, key: KEY, host: hostname(), root: folder.join('shop'), inode: 1 };
      writeFileSync(path(), JSON.stringify(identity));
      mkdirSync(folder.join('one'));
    });

    it('belongs to this store only after all of its targets were checked', async () => {
      await replicateTo([]);
      assert.equal(owner(), 'unknown');
      await replicateTo(['one'], { dryRun: true });
      assert.equal(owner(), 'unknown');
      await replicateTo(['one'], { target: 'one' });
      assert.equal(owner(), 'unknown');
      await replicateTo(['one', 'not mounted']);
      assert.equal(owner(), 'unknown');
      await replicateTo(['one']);
      assert.equal(owner(), 'this-store');
    });
  });

  it('is accepted if the description at the target names the same project, even by a link at its former path', () => {
    mkdirSync(folder.join('moved'));
    symlinkSync(folder.join('moved'), folder.join('link'));
    const assertOwn = (root: string, described: string, host = 'here'): void => {
      const identity = { key: 'shop-00000001', root, host: 'here', inode: 1, isProven: false };
      const description = describeProject({ ...project(), root: described }, { ...identity, host });
      assertOwnFolder(identity, 'nas', description, realPorts());
    };
    assertOwn(folder.join('link'), folder.join('link'));
    assertOwn(folder.join('moved'), folder.join('link'));
    const other = { code: 'target-failed' };
    assert.throws(() => {
      assertOwn(folder.join('moved'), folder.join('other'));
    }, other);
    assert.throws(() => {
      assertOwn(folder.join('moved'), folder.join('moved'), 'elsewhere');
    }, other);
  });

  it('is believed where the description at a target is damaged, because the sync writes it again', () => {
    const identity = { key: 'shop-00000001', root: '/shop', host: 'here', inode: 1, isProven: false };
    for (const description of ['', '{', '{}', '[]'])
      assert.doesNotThrow(() => assertOwnFolder(identity, 'nas', Buffer.from(description), realPorts()), description);
  });
});
