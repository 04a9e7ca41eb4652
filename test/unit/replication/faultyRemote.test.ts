import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rcloneTarget } from '../../../core/replication/rcloneTarget.js';
import type { TargetFolder } from '../../../core/replication/target.js';
import { BackupError } from '../../../core/system/errors.js';
import { makeFakeRclone, type FakeRclone, type RemoteFaults } from '../../support/replication/fakeRclone.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const FILES = ['one', 'two', 'three'].map((name) => ({ name, content: Buffer.from(`the content of ${name}`) }));

describe('faulty remote', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let rclone: FakeRclone;
  beforeEach(function () {
    if (process.platform === 'win32') this.skip();
    rclone = makeFakeRclone(folder.join('fake'));
    mkdirSync(folder.join('scratch'));
  });

  const remoteWith = (faults: RemoteFaults): TargetFolder =>
    rcloneTarget('away', 'fake:', folder.join('scratch'), rclone.portsWith(faults)).folder('shop-12345678');
  const lines = (): readonly string[] => readFileSync(rclone.log, 'utf8').trim().split('\n');
  const commands = (): readonly string[] => lines().map((line) => line.split(' ')[0] ?? '');
  const argumentsOf = (command: string): readonly (readonly string[])[] =>
    lines()
      .map((line) => line.split(' '))
      .filter(([first]) => first === command);
  const assertRefused = async (
    faults: RemoteFaults,
    message = /^two at fake:shop-12345678 differs from the data sent/,
  ) => {
    await assert.rejects(
      remoteWith(faults).put(FILES),
      (error) => error instanceof BackupError && error.code === 'target-failed' && message.test(error.message),
    );
    assert.deepEqual(readdirSync(folder.join('scratch')), []);
  };

  const HASHES: Readonly<Record<string, readonly string[]>> = {
    'no hashes': [],
    'a hash that nobody compares': ['sha512'],
    'SHA-256': ['sha256'],
    'SHA-1': ['sha1'],
    'MD5 and SHA-1': ['md5', 'sha1'],
  };
  for (const [what, hashes] of Object.entries(HASHES)) {
    it(`is detected if it lists ${what}`, async () => {
      for (const stores of ['flipped', 'shorter', 'longer', 'nothing'] as const)
        await assertRefused({ stores, file: 'two', hashes });
    });
  }

  it('is detected by the size alone', async () => {
    await assertRefused({ stores: 'shorter', file: 'two', hashes: ['sha256'], claimsHashes: true });
  });

  it('is detected if one of several checksums is wrong', async () => {
    await assertRefused({ hashes: ['sha256', 'md5'], wrongHash: 'md5' }, /^one at .* differs/);
    await assertRefused({ hashes: ['sha256', 'md5'], wrongHash: 'sha256' }, /^one at .* differs/);
  });

  it('is detected if a listed file cannot be read back', async () => {
    await assertRefused({ delivers: 'nothing' }, /^one at .* differs/);
  });

  it('is distinguished from an intact one by checksums, or by reading back', async () => {
    await remoteWith({ hashes: ['md5'] }).put(FILES);
    assert.deepEqual(commands(), ['copy', 'lsjson']);
    await remoteWith({}).put(FILES);
    assert.deepEqual(commands().slice(2), ['copy', 'lsjson', 'copy']);
    for (const { name, content } of FILES) assert.deepEqual(readFileSync(join(rclone.stored, name)), content);
    assert.deepEqual(readdirSync(folder.join('scratch')), []);
  });

  it('is read up to the expected size and slightly more, because rclone counts more bytes', async () => {
    writeFileSync(join(rclone.stored, 'one'), 'x'.repeat(5000));
    assert.equal((await remoteWith({}).read(['one'], 6000)).get('one')?.length, 5000);
    await assert.rejects(remoteWith({}).read(['one'], 5999), { code: 'target-failed' });
    assert.deepEqual(readdirSync(folder.join('scratch')), []);
  });

  it('runs no command without files', async () => {
    const remote = remoteWith({ exits: { copy: 1, lsjson: 1, delete: 1 } });
    await remote.put([]);
    await remote.remove([]);
    assert.equal((await remote.read([], 1)).size, 0);
    assert.equal(existsSync(rclone.log), false);
  });

  it('fails every operation whose command fails', async () => {
    const fails = (faults: RemoteFaults, work: (remote: TargetFolder) => Promise<unknown>, message: RegExp) =>
      assert.rejects(
        work(remoteWith(faults)),
        (error) => error instanceof BackupError && error.code === 'target-failed' && message.test(error.message),
      );
    await fails({ exits: { copy: 1 } }, (remote) => remote.put(FILES), /^Could not write the copies/);
    await fails({ exits: { copy: 1 } }, (remote) => remote.read(['one'], 1), /^Could not read the copies/);
    await fails({ exits: { lsjson: 1 } }, (remote) => remote.list(), /^Could not list the copies/);
    await fails({ exits: { delete: 1 } }, (remote) => remote.remove(['one']), /^Could not remove old copies/);
    await fails({ exits: { lsjson: 3 } }, (remote) => remote.put(FILES), /^one at .* differs/);
  });

  it('is empty if its folder does not exist', async () => {
    const remote = remoteWith({ exits: { lsjson: 3, delete: 3 } });
    assert.deepEqual(await remote.list(), []);
    await remote.remove(['one']);
  });

  it('loses only the files to be removed', async () => {
    for (const { name, content } of FILES) writeFileSync(join(rclone.stored, name), content);
    await remoteWith({}).remove(['two', 'four']);
    assert.deepEqual(readdirSync(rclone.stored), ['one', 'three']);
  });

  it('cannot be listed if its listing is invalid', async () => {
    await assert.rejects(remoteWith({ listing: '{' }).list(), {
      code: 'target-failed',
      message: /listing cannot be read/,
    });
    await assert.rejects(remoteWith({ listing: '{}' }).list(), { code: 'target-failed' });
  });

  it('has a folder for each project below its path', async () => {
    const target = (remote: string) => rcloneTarget('away', remote, folder.join('scratch'), rclone.portsWith({}));
    assert.equal(target('fake:').folder('shop').place, 'fake:shop');
    assert.equal(target('fake:backups').folder('shop').place, 'fake:backups/shop');
    assert.equal(target('fake:backups/').folder('shop').place, 'fake:backups/shop');
    mkdirSync(join(rclone.stored, 'blog-12345678'));
    writeFileSync(join(rclone.stored, 'file'), 'x');
    assert.deepEqual(await target('fake:').folders(), ['blog-12345678']);
    assert.deepEqual(
      (await remoteWith({}).list()).map(({ name }) => name),
      ['file'],
    );
  });

  it('receives files again that it already has, even with the same name, size and time', async () => {
    await remoteWith({}).put(FILES);
    assert.ok(
      argumentsOf('copy').every((args) => args.includes('--files-from-raw=-') && args.includes('--no-traverse')),
    );
    const [sending, reading] = argumentsOf('copy');
    assert.ok(sending?.includes('--ignore-times'));
    assert.ok(reading?.includes('--ignore-checksum') && reading.includes('--cutoff-mode=hard'));
    await remoteWith({}).remove(['one']);
    assert.ok(argumentsOf('delete')[0]?.includes('--files-from-raw=-'));
  });

  it('is not asked for times that it needs a request each to find out', async () => {
    const target = rcloneTarget('away', 'fake:', folder.join('scratch'), rclone.portsWith({ hashes: ['md5'] }));
    await target.folders();
    await target.folder('shop-12345678').put(FILES);
    const [folders, files] = argumentsOf('lsjson');
    for (const args of [folders, files]) assert.ok(args?.includes('--no-modtime'), args?.join(' '));
    assert.ok(files?.includes('--files-from-raw=-'), 'nor for other files');
  });

  it('reports why the program did not finish, even without a message', async () => {
    await assert.rejects(remoteWith({ dies: true }).list(), (error: unknown) => {
      assert.ok(error instanceof BackupError && error.code === 'target-failed');
      return /^Could not run rclone at fake:: \S/.test(error.message) && !error.message.includes('without a message');
    });
  });
});
