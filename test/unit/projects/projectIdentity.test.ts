import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import {
  isProbablySame,
  isRecordedProject,
  isSameProject,
  isTemporary,
  identifyProject,
} from '../../../core/projects/projectIdentity.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const LAST_BACKUP = { id: 'features_1_20260125-144600_a', createdAt: '2026-01-25T14:46:00.123Z' };

describe('the identity of a project', () => {
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.join('shop'));
  const place = (ports: Ports = realPorts()) => identifyProject(project(), ports);
  /** False if the file system records no time of birth; the clock of others can advance by milliseconds. */
  const changeAfterBirth = (path: string): boolean => {
    for (let turn = 0; turn < 50_000; turn += 1) {
      chmodSync(path, 0o700);
      const { birthtimeNs, ctimeNs } = statSync(path, { bigint: true });
      if (birthtimeNs !== ctimeNs) return true;
    }
    return false;
  };
  /** Every file has these stats, except those that are missing. */
  const portsWith = (stats: object, missing: readonly string[] = []): Ports => {
    const statSync = (path: string): object | undefined => (missing.includes(path) ? undefined : stats);
    return { ...realPorts(), files: { ...realPorts().files, statSync: statSync as unknown as FileSystem['statSync'] } };
  };
  beforeEach(() => {
    mkdirSync(project().storePath, { recursive: true });
    writeFileSync(project().databasePath, '');
  });

  it('contains the ids of the store and the database, which a new file does not have', function () {
    const paths = [project().storePath, project().databasePath];
    for (const path of paths) if (!changeAfterBirth(path)) this.skip();
    const stats = paths.map((path) => statSync(path, { bigint: true }));
    assert.deepEqual(
      place().fileIds,
      stats.map(({ dev, ino, birthtimeNs }) => [dev, ino, birthtimeNs].map(String).join(':')),
    );
    const { storePath, databasePath } = project();
    assert.deepEqual(
      identifyProject(
        { ...project(), storePath: `${storePath}-missing`, databasePath: `${databasePath}-missing` },
        realPorts(),
      ).fileIds,
      [],
    );
  });

  it('contains no id of a file without an inode number or a time of birth', () => {
    const stats = { dev: 1n, ino: 2n, birthtimeNs: 3n, ctimeNs: 4n };
    assert.deepEqual(place(portsWith(stats)).fileIds, ['1:2:3', '1:2:3', '1:2:3']);
    assert.deepEqual(place(portsWith(stats, [project().storePath])).fileIds, ['1:2:3', '1:2:3']);
    assert.deepEqual(place(portsWith({ ...stats, ino: 0n })).fileIds, []);
    assert.deepEqual(place(portsWith({ ...stats, ctimeNs: 3n })).fileIds, []);
  });

  it('cannot be described if a file is unreadable', () => {
    const statSync = (): never => {
      throw systemError('EACCES');
    };
    const files = { ...realPorts().files, statSync: statSync as unknown as FileSystem['statSync'] };
    assert.throws(() => place({ ...realPorts(), files }), {
      code: 'permission-denied',
      operation: 'identify the project',
    });
  });

  it('contains the real paths', () => {
    symlinkSync(project().root, folder.join('link'));
    const { root } = project();
    const { databasePath, storePath } = identifyProject(testProject(folder.join('link')), realPorts());
    assert.deepEqual([databasePath, storePath], [join(root, 'features.db'), join(root, '.feature_backups')]);
  });

  describe('in a work tree of git', () => {
    const remotesIn = (configuration: string): readonly string[] => {
      mkdirSync(join(project().root, '.git'), { recursive: true });
      writeFileSync(join(project().root, '.git', 'config'), configuration);
      return place().remotes;
    };

    it('contains the URLs of the remotes', () => {
      const lines = [
        ...['[core]', '\tbare = false', '[remote "origin"]', '\turl = https://example.com/shop.git'],
        ...['\tpushurl = https://example.com/push.git', '[remote "b"]', '  url=git@example.com:b', 'url  =  c  '],
        ...['\turl = two words', '\turl =', '[branch "main"]', '\tremote = origin', ''],
      ];
      const urls = ['https://example.com/shop.git', 'git@example.com:b', 'c'];
      assert.deepEqual(remotesIn(lines.join('\n')), urls);
      assert.deepEqual(remotesIn('[core]\n'), []);
    });

    it('contains at most 20 of them', () => {
      const urls = Array.from({ length: 25 }, (_, index) => `https://example.com/${String(index)}`);
      assert.deepEqual(remotesIn(urls.map((url) => `url = ${url}\n`).join('')), urls.slice(0, 20));
    });

    it('contains none if the file is too large, unreadable or missing', () => {
      assert.deepEqual(remotesIn(`url = a\n${'#'.repeat(64 * 1024 - 8)}`), ['a']);
      assert.deepEqual(remotesIn(`url = a\n${'#'.repeat(64 * 1024 - 7)}`), []);
      const openSync = (): never => {
        throw systemError('EIO');
      };
      assert.deepEqual(place({ ...realPorts(), files: { ...realPorts().files, openSync } }).remotes, []);
      assert.deepEqual(identifyProject(testProject(folder.join('elsewhere')), realPorts()).remotes, []);
    });
  });

  describe('is that of the recorded project', () => {
    const recorded = {
      databasePath: '/a/features.db',
      storePath: '/a/store',
      firstCommits: [],
      lastBackup: LAST_BACKUP,
    };
    const record = { ...recorded, fileIds: ['1:2:3', '1:4:5'], remotes: ['ab', 'c'] };
    const found = { databasePath: '/a/features.db', storePath: '/a/store', fileIds: [], remotes: [] };
    const never = (): boolean => false;

    it('if it has one of its files', () => {
      assert.equal(isSameProject(record, { fileIds: ['9:9:9', '1:4:5'] }, never), true);
      assert.equal(isSameProject(record, { fileIds: ['1:2:4'] }, never), false);
      assert.equal(isSameProject({ ...record, fileIds: [] }, { fileIds: [] }, never), false);
    });

    it('if its store contains the recorded backup', () => {
      assert.equal(
        isSameProject(record, found, (backup) => backup === LAST_BACKUP),
        true,
      );
      assert.equal(
        isProbablySame(record, '/a', found, (backup) => backup === LAST_BACKUP, realPorts()),
        true,
      );
    });

    it('if it has the same remotes, which are not none', () => {
      assert.equal(isProbablySame(record, '/a', { ...found, remotes: ['ab', 'c'] }, never, realPorts()), true);
      for (const remotes of [['a', 'bc'], ['ab'], ['c', 'ab'], []])
        assert.equal(isProbablySame(record, '/a', { ...found, remotes }, never, realPorts()), false, remotes.join());
      assert.equal(
        isProbablySame({ ...record, remotes: [] }, '/a', found, never, realPorts()),
        false,
        'the path alone is no evidence',
      );
    });

    it('as its files show', function () {
      if (!changeAfterBirth(project().databasePath)) this.skip();
      const { fileIds } = place();
      const other = { ...record, remotes: [] };
      assert.equal(isRecordedProject(project(), { ...other, fileIds }, never, realPorts()), true);
      assert.equal(isRecordedProject(project(), other, never, realPorts()), false);
    });
  });
});

describe('a temporary project', () => {
  const isIn = (root: string, environment: Ports['environment'], platform: NodeJS.Platform = 'linux'): boolean =>
    isTemporary(root, { ...realPorts(), environment }, platform);

  it('is in the temporary folder of the system', () => {
    assert.equal(isIn('/var/scratch/shop', { TMPDIR: '/var/scratch' }), true);
    assert.equal(isIn('/var/scratch', { TMPDIR: '/var/scratch' }), true);
    assert.equal(isIn('/var/scratchpad/shop', { TMPDIR: '/var/scratch' }), false);
    assert.equal(isIn('/tmp/shop', { TMPDIR: '/var/scratch' }), false);
    assert.equal(isIn('/var/scratch/shop', { TEMP: '/var/scratch' }), false);
    assert.equal(isIn('/tmp/shop', {}), true);
  });

  it('is in TEMP on Windows', () => {
    assert.equal(isIn('/var/scratch/shop', { TEMP: '/var/scratch', TMPDIR: '/other' }, 'win32'), true);
    assert.equal(isIn('/other/shop', { TEMP: '/var/scratch', TMPDIR: '/other' }, 'win32'), false);
    assert.equal(isIn('/tmp/shop', {}, 'win32'), false);
  });

  it('is not one because of a relative path', () => {
    assert.equal(isIn(join(process.cwd(), 'scratch', 'shop'), { TMPDIR: 'scratch' }), false);
  });
});
