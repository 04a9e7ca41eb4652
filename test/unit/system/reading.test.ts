import assert from 'node:assert/strict';
import nodeFileSystem, { mkdirSync, openSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { isWithin, readFileWithin, unsafeConfigurationFile } from '../../../core/system/files/readFileWithin.js';
import { readFolder } from '../../../core/system/files/readFolder.js';
import { readPlainFile, readSmallFile } from '../../../core/system/files/readSmallFile.js';
import { readFully, readWhole } from '../../../core/system/files/readWhole.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { shortTransfers } from '../../support/shortTransfers.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const KIB = 1024;

const failingToOpen = (code: string): FileSystem => ({
  ...nodeFileSystem,
  openSync: () => {
    throw systemError(code);
  },
});

describe('an untrusted small file', () => {
  const folder = useTemporaryFolder();
  const path = (): string => folder.join('file');

  it('is read up to the allowed size, and refused above it', () => {
    for (const sizeBytes of [0, 1, 16 * KIB - 1, 16 * KIB, 16 * KIB + 1, 40 * KIB]) {
      const content = Buffer.alloc(sizeBytes, 'content');
      writeFileSync(path(), content);
      assert.deepEqual(readPlainFile(path(), sizeBytes, nodeFileSystem), { status: 'read', content });
      assert.deepEqual(readSmallFile(path(), sizeBytes + 1, nodeFileSystem), content);
      if (sizeBytes === 0) continue;
      const refused = { status: 'refused', reason: 'too large' };
      assert.deepEqual(readPlainFile(path(), sizeBytes - 1, nodeFileSystem), refused);
      assert.equal(readSmallFile(path(), sizeBytes - 1, nodeFileSystem), undefined);
    }
  });

  it('is not mixed with the one read before', () => {
    writeFileSync(path(), 'the first');
    const first = readSmallFile(path(), 100, nodeFileSystem);
    writeFileSync(path(), 'a second');
    assert.equal(readSmallFile(path(), 100, nodeFileSystem)?.toString(), 'a second');
    assert.equal(first?.toString(), 'the first');
  });

  it('is refused if it is a link, a folder or a socket', async () => {
    symlinkSync('elsewhere', folder.join('link'));
    mkdirSync(folder.join('folder'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(folder.join('socket'), resolve));
    const read = (name: string): unknown => readPlainFile(folder.join(name), 100, nodeFileSystem);
    try {
      assert.deepEqual(read('none'), { status: 'missing' });
      assert.deepEqual(read('link'), { status: 'refused', reason: 'a link' });
      for (const name of ['folder', 'socket']) {
        assert.deepEqual(read(name), { status: 'refused', reason: 'not a regular file' });
      }
    } finally {
      server.close();
    }
  });

  it('is refused for the codes of other systems only', () => {
    const read = (code: string): unknown => readPlainFile(path(), 100, failingToOpen(code));
    assert.deepEqual(read('EMLINK'), { status: 'refused', reason: 'a link' });
    assert.deepEqual(read('EISDIR'), { status: 'refused', reason: 'not a regular file' });
    for (const code of ['EACCES', 'EMFILE', 'EIO']) assert.throws(() => read(code), new RegExp(code));
  });
});

describe('an open file that is read completely', () => {
  const folder = useTemporaryFolder();

  it('is read in parts of 8 MiB, up to the given size or its end', () => {
    const [path, size] = [folder.join('file'), 9 * KIB * KIB];
    writeFileSync(path, Buffer.alloc(size, 'ab'));
    const descriptor = openSync(path, 'r');
    const read = (sizeBytes: number, files: FileSystem = nodeFileSystem): number =>
      readWhole(descriptor, sizeBytes, files).length;
    try {
      const lengths: number[] = [];
      const readSync = ((...args: [number, Uint8Array, number, number, number]) => {
        lengths.push(args[3]);
        return nodeFileSystem.readSync(...args);
      }) as FileSystem['readSync'];
      assert.ok(readWhole(descriptor, size, { ...nodeFileSystem, readSync }).equals(Buffer.alloc(size, 'ab')));
      assert.deepEqual(lengths, [8 * KIB * KIB, size - 8 * KIB * KIB]);
      assert.equal(read(3), 3);
      assert.equal(read(size + 7), size);
      const shortening = interferingFiles(({ name, turn }) => {
        if (name === 'read' && turn === 2) truncateSync(path, 8 * KIB * KIB);
      });
      assert.equal(read(size, shortening), 8 * KIB * KIB);
    } finally {
      nodeFileSystem.closeSync(descriptor);
    }
  });
});

describe('a file of which the system returns fewer bytes than requested', () => {
  const folder = useTemporaryFolder();
  const files = shortTransfers(100);
  const content = Buffer.from({ length: 1000 }).map((_, index) => index % 251);

  it('is read up to its end or the given size, from any position', () => {
    writeFileSync(folder.join('file'), content);
    const descriptor = openSync(folder.join('file'), 'r');
    try {
      assert.deepEqual(readWhole(descriptor, 1001, files), content);
      assert.deepEqual(readWhole(descriptor, 300, files, 450), content.subarray(450, 750));
      const target = Buffer.alloc(200, 'x');
      assert.equal(readFully(descriptor, target, files, 900), 100);
      assert.deepEqual(target, Buffer.concat([content.subarray(900), Buffer.alloc(100, 'x')]));
    } finally {
      nodeFileSystem.closeSync(descriptor);
    }
  });

  it('is read completely if small, and refused above the allowed size', () => {
    for (const sizeBytes of [0, 99, 100, 101, 1000]) {
      writeFileSync(folder.join('file'), content.subarray(0, sizeBytes));
      assert.deepEqual(readSmallFile(folder.join('file'), 1000, files), content.subarray(0, sizeBytes));
    }
    assert.equal(readSmallFile(folder.join('file'), 999, files), undefined);
    assert.equal(readSmallFile(folder.join('file'), 50, files), undefined);
  });
});

describe('an untrusted folder', () => {
  const folder = useTemporaryFolder();

  it('is listed with a filter, and closed', () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(folder.join(name), '');
    let closed = 0;
    const opendirSync: FileSystem['opendirSync'] = (...args) => {
      const opened = nodeFileSystem.opendirSync(...args);
      const close = opened.closeSync.bind(opened);
      opened.closeSync = () => {
        closed += 1;
        close();
      };
      return opened;
    };
    const files = { ...nodeFileSystem, opendirSync };
    assert.deepEqual(readFolder(folder.path, files, ({ name }) => name !== 'b', 3).sort(), ['a', 'c']);
    assert.throws(
      () => readFolder(folder.path, files, () => false, 2),
      (error) => error instanceof BackupError && error.code === 'too-large',
    );
    assert.equal(closed, 2);
  });
});

describe('a configuration file', () => {
  const folder = useTemporaryFolder();
  const read = (path: string, maxSizeBytes?: number): string | undefined =>
    readFileWithin(folder.join('project'), path, nodeFileSystem, maxSizeBytes)?.toString();
  const isRefused = (error: unknown): boolean => error instanceof BackupError && error.code === 'unsafe-path';

  it('is refused with its path, the reason and a hint', () => {
    const { message, code, operation, path, hint } = unsafeConfigurationFile('/p/x', 'is too large', 'edit it');
    assert.deepEqual([message, code, operation, path], ['/p/x is too large', 'unsafe-path', 'edit it', '/p/x']);
    assert.match(hint ?? '', /inside the project/);
  });

  it('is read through links within the project, and refused through links to outside it', () => {
    mkdirSync(folder.join('project', 'inner'), { recursive: true });
    mkdirSync(folder.join('project-2'));
    writeFileSync(folder.join('project', 'inner', 'real.json'), 'content');
    writeFileSync(folder.join('project-2', 'outside.json'), 'secret');
    symlinkSync('inner/real.json', folder.join('project', 'link.json'));
    symlinkSync('../project-2/outside.json', folder.join('project', 'out.json'));
    symlinkSync('nowhere', folder.join('project', 'dangling.json'));
    assert.equal(read(folder.join('project', 'link.json')), 'content');
    assert.throws(() => read(folder.join('project', 'out.json')), isRefused);
    assert.equal(read(folder.join('project', 'dangling.json')), undefined);
    assert.equal(read(folder.join('project', 'none.json')), undefined);
    assert.throws(() => read(folder.join('project', 'inner')), isRefused);
  });

  it('is refused if too large', () => {
    mkdirSync(folder.join('project'));
    const path = folder.join('project', 'file.json');
    writeFileSync(path, Buffer.alloc(4 * KIB * KIB, 'x'));
    assert.equal(read(path)?.length, 4 * KIB * KIB);
    assert.throws(() => read(path, 4 * KIB * KIB - 1), isRefused);
    writeFileSync(path, Buffer.alloc(4 * KIB * KIB + 1, 'x'));
    assert.throws(() => read(path), isRefused);
  });

  it('is in the project by its path, not by a common prefix', () => {
    assert.deepEqual(
      ['/a/b', '/a/b/c', '/a/b/..c', '/a', '/a/c', '/a/bc', '/'].map((path) => isWithin('/a/b', path)),
      [true, true, true, false, false, false, false],
    );
  });
});
