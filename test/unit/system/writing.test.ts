import assert from 'node:assert/strict';
import nodeFileSystem, {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { describe, it } from 'mocha';
import {
  publishFile,
  replaceFile,
  syncFolder,
  writeAll,
  writeNewFile,
  writeNewFileInBackground,
} from '../../../core/system/files/atomicWrite.js';
import { copyLiveFile } from '../../../core/system/files/copyLiveFile.js';
import { replaceShared } from '../../../core/system/files/replaceShared.js';
import { uniqueToken } from '../../../core/system/processes/uniqueToken.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const MIB = 1024 * 1024;
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];
const NO_FOLDER_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EISDIR', 'EACCES', 'EBADF'];

const withFiles = (files: Partial<FileSystem>): FileSystem => ({ ...nodeFileSystem, ...files });
const fails = (code: string) => (): never => {
  throw systemError(code);
};

/** The real file system, with a record of what is opened and not closed, and of what is synced. */
function recordingFiles(changes: Partial<FileSystem> = {}) {
  const open = new Set<number>();
  const synced: number[] = [];
  const files = withFiles({
    openSync: (...args) => {
      const descriptor = nodeFileSystem.openSync(...args);
      open.add(descriptor);
      return descriptor;
    },
    closeSync: (descriptor) => {
      nodeFileSystem.closeSync(descriptor);
      open.delete(descriptor);
    },
    fsyncSync: (descriptor) => {
      nodeFileSystem.fsyncSync(descriptor);
      synced.push(descriptor);
    },
    ...changes,
  });
  return { files, open, synced };
}

describe('a new file', () => {
  const folder = useTemporaryFolder();
  const write = {
    'written at once': async (path: string, content: Uint8Array, files: FileSystem): Promise<void> => {
      await Promise.resolve();
      writeNewFile(path, content, files);
    },
    'synced in the background': writeNewFileInBackground,
  };

  for (const [how, writeFile] of Object.entries(write)) {
    it(`is private, complete and closed, ${how}`, async () => {
      const { files, open } = recordingFiles();
      const content = Buffer.alloc(100, 'content');
      await writeFile(folder.join('new'), content, files);
      assert.deepEqual(readFileSync(folder.join('new')), content);
      assert.equal(statSync(folder.join('new')).mode & 0o777, 0o600);
      assert.equal(open.size, 0);
    });

    it(`does not replace an existing file, ${how}`, async () => {
      writeFileSync(folder.join('there'), 'mine');
      await assert.rejects(writeFile(folder.join('there'), Buffer.from('x'), nodeFileSystem), /EEXIST/);
      assert.equal(readFileSync(folder.join('there'), 'utf8'), 'mine');
    });

    it(`is removed if it cannot be written or synced, ${how}`, async () => {
      const fsync = ((_descriptor: number, done: (error: Error) => void) => {
        done(systemError('EIO'));
      }) as unknown as FileSystem['fsync'];
      for (const changes of [{ writeSync: fails('EIO') }, { fsyncSync: fails('EIO'), fsync }]) {
        const { files, open } = recordingFiles(changes);
        await assert.rejects(writeFile(folder.join('new'), Buffer.from('x'), files), /EIO/);
        assert.deepEqual([readdirSync(folder.path), open.size], [[], 0]);
      }
    });
  }

  it('is synced before it is closed', () => {
    const { files, synced } = recordingFiles();
    writeNewFile(folder.join('new'), Buffer.from('x'), files);
    assert.equal(synced.length, 1);
  });

  it('is written in parts of 8 MiB, also when the system writes fewer bytes than requested', () => {
    const lengths: number[] = [];
    const writeSync = ((descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      lengths.push(length);
      return nodeFileSystem.writeSync(descriptor, bytes, offset, Math.min(length, 5 * MIB), position);
    }) as FileSystem['writeSync'];
    const content = Buffer.from({ length: 9 * MIB }).map((_, index) => index % 251);
    const done: number[] = [];
    writeNewFile(folder.join('new'), content, withFiles({ writeSync }), { onChunk: (bytes) => done.push(bytes) });
    assert.ok(readFileSync(folder.join('new')).equals(content));
    assert.deepEqual(
      [lengths, done],
      [
        [8 * MIB, 4 * MIB],
        [5 * MIB, 9 * MIB],
      ],
    );
  });

  it('is written from a given position', () => {
    writeFileSync(folder.join('there'), '0123456789');
    const descriptor = openSync(folder.join('there'), 'r+');
    writeAll(descriptor, Buffer.from('ab'), nodeFileSystem, { position: 4 });
    writeAll(descriptor, Buffer.from('c'), nodeFileSystem);
    closeSync(descriptor);
    assert.equal(readFileSync(folder.join('there'), 'utf8'), 'c123ab6789');
  });
});

describe('a file that replaces another', () => {
  const folder = useTemporaryFolder();

  it('replaces it, or is removed', () => {
    const [path, temporary] = [folder.join('file'), folder.join('temporary')];
    replaceFile(path, temporary, Buffer.from('one'), nodeFileSystem);
    assert.throws(() => {
      replaceFile(path, temporary, Buffer.from('two'), withFiles({ renameSync: fails('EIO') }));
    }, /EIO/);
    assert.deepEqual([readdirSync(folder.path), readFileSync(path, 'utf8')], [['file'], 'one']);
  });

  it('can be readable by others, and is removed on failure too', () => {
    const path = folder.join('status.prom');
    replaceShared(path, Buffer.from('one'), nodeFileSystem);
    assert.equal(statSync(path).mode & 0o777, 0o644);
    for (const files of [{ renameSync: fails('EIO') }, { chmodSync: fails('EIO') }]) {
      assert.throws(() => {
        replaceShared(path, Buffer.from('two'), withFiles(files));
      }, /EIO/);
    }
    assert.deepEqual([readdirSync(folder.path), readFileSync(path, 'utf8')], [['status.prom'], 'one']);
  });

  it('removes only old leftovers of killed runs', () => {
    const [old, young] = [uniqueToken(), uniqueToken()];
    const kept = [`.status.prom.${young}`, '.status.prom.bak', `.other.prom.${old}`, `status.prom.${old}`];
    for (const name of [`.status.prom.${old}`, ...kept]) {
      writeFileSync(folder.join(name), '');
      if (!name.endsWith(young)) utimesSync(folder.join(name), 1, 1);
    }
    replaceShared(folder.join('status.prom'), Buffer.from('one'), nodeFileSystem);
    assert.deepEqual(readdirSync(folder.path).sort(), ['status.prom', ...kept].sort());
  });

  it('ignores that another run has already removed the same leftover', () => {
    const leftover = folder.join(`.status.prom.${uniqueToken()}`);
    writeFileSync(leftover, '');
    const lstatSync = ((...args: Parameters<typeof nodeFileSystem.lstatSync>) => {
      if (args[0] === leftover) rmSync(leftover);
      return nodeFileSystem.lstatSync(...args);
    }) as typeof nodeFileSystem.lstatSync;
    replaceShared(folder.join('status.prom'), Buffer.from('one'), withFiles({ lstatSync }));
    assert.deepEqual(readdirSync(folder.path), ['status.prom']);
  });
});

describe('publishing a file', () => {
  const folder = useTemporaryFolder();
  const publish = (files: Partial<FileSystem> = {}): unknown => {
    writeFileSync(folder.join('temporary'), 'content');
    return publishFile(folder.join('temporary'), folder.join('name'), withFiles(files));
  };

  it('renames it to its final name', () => {
    assert.equal(publish(), 'published');
    assert.deepEqual(readdirSync(folder.path), ['name']);
  });

  it('never replaces a file, with or without hard links', () => {
    writeFileSync(folder.join('name'), 'mine');
    assert.equal(publish(), 'exists');
    assert.equal(publish({ linkSync: fails('EPERM') }), 'exists');
    assert.equal(readFileSync(folder.join('name'), 'utf8'), 'mine');
    assert.deepEqual(readdirSync(folder.path).sort(), ['name', 'temporary']);
  });

  for (const code of NO_LINKS) {
    it(`renames it on a file system without hard links (${code})`, () => {
      assert.equal(publish({ linkSync: fails(code) }), 'published');
      assert.deepEqual(readdirSync(folder.path), ['name']);
    });
  }

  it('reports every other error', () => {
    for (const code of ['EIO', 'ENOSPC', 'EACCES', 'EXDEV']) {
      assert.throws(() => publish({ linkSync: fails(code) }), new RegExp(code));
    }
    const noCode = (): never => {
      throw new Error('without a code');
    };
    assert.throws(() => publish({ linkSync: noCode }), /without a code/);
    assert.deepEqual(readdirSync(folder.path), ['temporary']);
  });
});

describe('syncing a folder', () => {
  const folder = useTemporaryFolder();

  it('syncs and closes it, even if that fails', () => {
    const { files, open, synced } = recordingFiles();
    syncFolder(folder.path, files);
    assert.deepEqual([synced.length, open.size], [1, 0]);
    const failing = recordingFiles({ fsyncSync: fails('EIO') });
    assert.throws(() => {
      syncFolder(folder.path, failing.files);
    }, /EIO/);
    assert.equal(failing.open.size, 0);
  });

  for (const code of NO_FOLDER_SYNC) {
    it(`is skipped if the system cannot (${code})`, () => {
      syncFolder(folder.path, withFiles({ fsyncSync: fails(code) }));
      syncFolder(folder.path, withFiles({ openSync: fails(code) }));
    });
  }

  it('reports every other error', () => {
    for (const files of [{ fsyncSync: fails('ENOSPC') }, { openSync: fails('EMFILE') }]) {
      assert.throws(() => {
        syncFolder(folder.path, withFiles(files));
      }, /ENOSPC|EMFILE/);
    }
    const noCode = (): never => {
      throw new Error('without a code');
    };
    assert.throws(() => {
      syncFolder(folder.path, withFiles({ openSync: noCode }));
    }, /without a code/);
  });
});

describe('a copy of a file that is being written', () => {
  const folder = useTemporaryFolder();
  const [from, to] = [() => folder.join('from'), () => folder.join('to')];
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  it('is identical, private and synced, includes holes, and reports its progress', () => {
    for (const content of [
      Buffer.alloc(0),
      Buffer.from('x'),
      Buffer.concat([Buffer.alloc(9 * MIB), Buffer.from('end')]),
      Buffer.concat([Buffer.from('start'), Buffer.alloc(9 * MIB)]),
    ]) {
      writeFileSync(from(), content);
      const done: number[] = [];
      const { files, open, synced } = recordingFiles();
      const copied = copyLiveFile(from(), to(), files, (bytes) => done.push(bytes));
      assert.deepEqual(copied, { sizeBytes: content.length, sha256: sha256(content) });
      assert.ok(readFileSync(to()).equals(content));
      assert.equal(statSync(to()).mode & 0o777, 0o600);
      assert.deepEqual([open.size, synced.length], [0, 1]);
      const expected = content.length > 8 * MIB ? [8 * MIB, content.length] : [content.length];
      assert.deepEqual(done, content.length === 0 ? [] : expected);
      nodeFileSystem.unlinkSync(to());
    }
  });

  it('takes no disk space for holes', () => {
    writeFileSync(from(), '');
    truncateSync(from(), 64 * MIB);
    copyLiveFile(from(), to(), nodeFileSystem);
    assert.equal(statSync(to()).size, 64 * MIB);
    assert.ok(statSync(to()).blocks * 512 < MIB);
  });

  it('needs no more memory than the file’s size', () => {
    writeFileSync(from(), 'four');
    const lengths: number[] = [];
    const readSync = ((descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      lengths.push(bytes.length);
      return nodeFileSystem.readSync(descriptor, bytes, offset, length, position);
    }) as FileSystem['readSync'];
    copyLiveFile(from(), to(), withFiles({ readSync }));
    assert.deepEqual(lengths, [4]);
  });

  it('ends if the file shrinks, and excludes bytes added later', () => {
    writeFileSync(from(), Buffer.alloc(9 * MIB, 'a'));
    const shortening = interferingFiles(({ name, turn }) => {
      if (name === 'read' && turn === 2) truncateSync(from(), 8 * MIB);
    });
    assert.equal(copyLiveFile(from(), to(), shortening)?.sizeBytes, 8 * MIB);
    assert.equal(statSync(to()).size, 8 * MIB);
    nodeFileSystem.unlinkSync(to());
    const adding = interferingFiles(({ name, turn }) => {
      if (name === 'read' && turn === 1) writeFileSync(from(), Buffer.alloc(10 * MIB, 'b'));
    });
    assert.equal(copyLiveFile(from(), to(), adding)?.sizeBytes, 8 * MIB);
  });

  it('is undefined for a missing file, a link, or anything but a regular file', () => {
    mkdirSync(folder.join('folder'));
    symlinkSync(folder.join('folder'), folder.join('link'));
    assert.equal(copyLiveFile(from(), to(), nodeFileSystem), undefined);
    assert.equal(copyLiveFile(folder.join('folder'), to(), nodeFileSystem), undefined);
    assert.throws(() => copyLiveFile(folder.join('link'), to(), nodeFileSystem), /ELOOP/);
    assert.deepEqual(readdirSync(folder.path).sort(), ['folder', 'link']);
  });

  it('is removed on failure, and never replaces a file', () => {
    writeFileSync(from(), 'content');
    for (const changes of [{ readSync: fails('EIO') }, { fsyncSync: fails('EIO') }, { ftruncateSync: fails('EIO') }]) {
      const { files, open } = recordingFiles(changes);
      assert.throws(() => copyLiveFile(from(), to(), files), /EIO/);
      assert.deepEqual([readdirSync(folder.path), open.size], [['from'], 0]);
    }
    writeFileSync(to(), 'mine');
    assert.throws(() => copyLiveFile(from(), to(), nodeFileSystem), /EEXIST/);
    assert.equal(readFileSync(to(), 'utf8'), 'mine');
  });
});
