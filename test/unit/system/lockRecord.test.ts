import assert from 'node:assert/strict';
import nodeFileSystem, {
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, it } from 'mocha';
import { entryIdentity } from '../../../core/system/files/moveAside.js';
import { findLock, formatLockRecord, type FoundLock } from '../../../core/system/locks/lockRecord.js';
import { LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { ownIdentity } from '../../../core/system/processes/processIdentity.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { lockRecord } from '../../support/lockFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const SECOND_MS = 1000;

describe('reading a lock', () => {
  const folder = useTemporaryFolder();
  const path = (): string => folder.join('lock');
  const writtenAt = new Date('2026-01-25T14:46:00Z');
  const ports = (): Ports => ({
    ...realPorts(),
    environment: { FEATURE_BACKUPS_STATE: folder.join('state') },
    now: () => writtenAt,
  });
  const put = (content: string | Buffer): string => {
    writeFileSync(path(), content);
    utimesSync(path(), writtenAt, writtenAt);
    return entryIdentity(nodeFileSystem.lstatSync(path()));
  };
  const find = (ageSeconds = 0, changes: Partial<Ports> = {}): FoundLock | undefined =>
    findLock(path(), ownIdentity(nodeFileSystem), writtenAt.getTime() + ageSeconds * SECOND_MS, {
      ...ports(),
      ...changes,
    });

  it('finds nothing if there is none', () => {
    assert.equal(find(), undefined);
  });

  it('returns its record, and whether its owner runs', () => {
    const record = { ...lockRecord(), released: false };
    const identity = put(formatLockRecord(record));
    const found = { record, token: record.token, identity, obstacle: undefined, unchangedSince: undefined };
    assert.deepEqual(find(), { ...found, liveness: 'alive', stale: false });
    put(formatLockRecord({ ...record, startTime: '1' }));
    assert.deepEqual([find()?.liveness, find()?.stale], ['dead', true]);
    put(formatLockRecord({ ...record, released: true }));
    assert.deepEqual([find()?.liveness, find()?.stale], ['dead', true]);
  });

  it('treats a half-written lock as held for ten seconds, and then as stale', () => {
    for (const content of ['', '{', '{"pid":', '{"pid":7,"host', '\0\0\0', '{"pid":\0\0']) {
      const identity = put(content);
      assert.deepEqual(find(10), {
        record: undefined,
        token: identity,
        identity,
        liveness: undefined,
        obstacle: undefined,
        stale: false,
        unchangedSince: undefined,
      });
      assert.equal(find(10.001)?.stale, true, content);
    }
  });

  it('treats a file of another program in the same way', () => {
    const whole = formatLockRecord({ ...lockRecord(), token: 'no token' }).toString();
    for (const content of ['notes', whole, ' {"pid":', '\0x', '{"pid":7}', 'x'.repeat(5000), '\0'.repeat(5000)]) {
      put(content);
      assert.match(find()?.obstacle ?? '', /another program/, content.slice(0, 20));
      assert.deepEqual([find(10)?.stale, find(10.001)?.stale], [false, true]);
    }
  });

  it('reads up to 4096 bytes', () => {
    const record = { ...lockRecord(), since: '' };
    const { length } = formatLockRecord(record);
    put(formatLockRecord({ ...record, since: 'x'.repeat(4096 - length) }));
    assert.equal(find()?.liveness, 'alive');
    put(formatLockRecord({ ...record, since: 'x'.repeat(4097 - length) }));
    assert.equal(find()?.record, undefined);
  });

  it('reports anything but a file as an obstacle at once', () => {
    mkdirSync(path());
    const { identity, token, ...found } = find() ?? {};
    assert.equal(token, identity);
    assert.deepEqual(found, {
      record: undefined,
      liveness: undefined,
      obstacle: 'a folder',
      stale: true,
      unchangedSince: undefined,
    });
  });

  it('finds nothing if the file is removed or replaced meanwhile', () => {
    const replace = (): void => {
      unlinkSync(path());
      symlinkSync('x', path());
    };
    for (const change of [() => unlinkSync(path()), replace]) {
      put(formatLockRecord(lockRecord()));
      const files = interferingFiles(({ name, turn }) => {
        if (name === 'open' && turn === 1) change();
      });
      assert.equal(find(0, { files }), undefined);
      rmSync(path(), { force: true });
    }
  });

  it('dates a lock of another user from when it was first seen, and reports every other error', () => {
    const refuse = (code: string): FileSystem =>
      interferingFiles(({ name, path: of }) => {
        if (name === 'open' && of === path()) throw systemError(code);
      });
    const identity = put(formatLockRecord(lockRecord()));
    for (const code of ['EACCES', 'EPERM']) {
      const found = find(3600, { files: refuse(code) });
      assert.deepEqual(found, {
        record: undefined,
        token: identity,
        identity,
        liveness: undefined,
        obstacle: undefined,
        stale: false,
        unchangedSince: writtenAt,
      });
      for (const [minutes, stale] of [
        [10, false],
        [10.1, true],
      ] as const) {
        const now = () => new Date(writtenAt.getTime() + minutes * 60 * SECOND_MS);
        assert.equal(find(0, { files: refuse(code), now })?.stale, stale);
      }
    }
    assert.throws(() => find(0, { files: refuse('EIO') }), { code: 'EIO' });
  });
});

describe('taking over a dead owner’s lock', () => {
  const folder = useTemporaryFolder();
  const writeDeadLock = () => writeFileSync(folder.join(LOCK_NAME), formatLockRecord(lockRecord({ startTime: '1' })));
  const take = async (files: Partial<FileSystem>): Promise<string> =>
    await withStoreLock(folder.path, { ...realPorts(), files: { ...nodeFileSystem, ...files } }, () => 'taken');

  it('is retried if the right to it is swept at the last moment', async () => {
    writeDeadLock();
    let renames = 0;
    const rename: FileSystem['renameSync'] = (from, to) => {
      renames += 1;
      if (renames === 1) unlinkSync(from);
      renameSync(from, to);
    };
    assert.equal(await take({ renameSync: rename }), 'taken');
    assert.equal(renames, 2);
  });

  it('fails on every other I/O error', async () => {
    writeDeadLock();
    const refused = (): never => {
      throw systemError('EROFS');
    };
    await assert.rejects(take({ renameSync: refused }), { name: 'BackupError', code: 'read-only' });
    await assert.rejects(take({ linkSync: refused }), { code: 'read-only' });
  });
});
