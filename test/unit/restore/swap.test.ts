import assert from 'node:assert/strict';
import nodeFileSystem, {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { cleanUpRestore } from '../../../core/live/cleanUpRestore.js';
import { asidePath, versionIdentity } from '../../../core/live/restoreFiles.js';
import { swapDatabase, type Swap } from '../../../core/restore/swap.js';
import { readFingerprint } from '../../../core/snapshot/databaseFingerprint.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const NEW = Buffer.from('the restored database');
const BRIDGE = Buffer.from('the content of the live database in one file');

type Content = Readonly<Record<string, string>>;

describe('swap of a live database', () => {
  const folder = useTemporaryFolder();
  const live = (suffix = ''): string => folder.join('live', `features.db${suffix}`);
  /** Every file beside the live database; files with random names are listed by their endings. */
  const content = (): Content =>
    Object.fromEntries(
      readdirSync(folder.join('live'))
        .map((name) => {
          const text = readFileSync(folder.join('live', name), 'utf8');
          const ending = /restore-\w+$/.exec(name)?.[0];
          return [
            ending === 'restore-staged' && text === BRIDGE.toString() ? 'bridge' : (ending ?? name),
            text,
          ] as const;
        })
        .sort(),
    );
  const OLD = { 'features.db': 'old', 'features.db-shm': 'index', 'features.db-wal': 'log' } as const;

  beforeEach(() => {
    mkdirSync(folder.join('live'));
    for (const [name, text] of Object.entries(OLD)) writeFileSync(folder.join('live', name), text);
  });

  const withFiles = (files: Partial<FileSystem>): Ports => ({
    ...realPorts(),
    files: { ...nodeFileSystem, ...files },
  });
  const swap = (changes: Partial<Swap> = {}, ports = realPorts()): void =>
    swapDatabase(
      {
        databasePath: live(),
        replacement: { image: NEW },
        liveImage: BRIDGE,
        seen: readFingerprint(live(), realPorts()),
        assertFree: () => undefined,
        ...changes,
      },
      ports,
    );
  /** The files at each moment when a process could open the database. */
  const watched = (changes: Partial<Swap>): readonly Content[] => {
    const seen: Content[] = [];
    swap({ ...changes, assertFree: () => seen.push(content()) });
    return seen;
  };

  it('leaves only the new database, without the old side files', () => {
    writeFileSync(live('-journal'), 'journal');
    swap();
    assert.deepEqual(content(), { 'features.db': NEW.toString() });
  });

  it('replaces the live file with a bridge before it removes the old log', () => {
    const staged = { 'restore-staged': NEW.toString() };
    const bridge = { 'features.db': BRIDGE.toString() };
    assert.deepEqual(watched({}), [
      { ...OLD, ...staged, bridge: BRIDGE.toString() },
      { ...OLD, ...bridge, ...staged },
      { ...bridge, ...staged },
    ]);
  });

  it('preserves the old log for the old database if no bridge is possible', () => {
    const staged = { 'restore-staged': NEW.toString() };
    assert.deepEqual(watched({ liveImage: undefined }), [
      { ...OLD, ...staged },
      { 'features.db': 'old', 'features.db-shm': 'index', 'restore-aside': 'log', ...staged },
      { 'features.db': 'old', 'restore-aside': 'log', ...staged },
    ]);
    assert.deepEqual(content(), { 'features.db': NEW.toString() });
  });

  for (const at of [1, 2, 3]) {
    it(`restores the old log if a process opens the database before step ${at.toString()}`, () => {
      writeFileSync(live('-journal'), 'journal');
      rmSync(live('-shm'));
      const before = content();
      let checks = 0;
      const assertFree = (): void => {
        if ((checks += 1) === at) throw new BackupError('in use', { code: 'database-in-use', operation: '', path: '' });
      };
      assert.throws(() => {
        swap({ liveImage: undefined, assertFree });
      }, hasCode('database-in-use'));
      assert.deepEqual(content(), before);
    });

    it(`leaves the old state if a process opens the database before step ${at.toString()} with a bridge`, () => {
      let checks = 0;
      const assertFree = (): void => {
        if ((checks += 1) === at) throw new BackupError('in use', { code: 'database-in-use', operation: '', path: '' });
      };
      assert.throws(() => {
        swap({ assertFree });
      }, hasCode('database-in-use'));
      const bridge = { 'features.db': BRIDGE.toString() };
      assert.deepEqual(content(), [OLD, { ...OLD, ...bridge }, bridge][at - 1]);
    });
  }

  it('creates a missing folder, and removes an orphaned log', () => {
    rmSync(live());
    swap({ liveImage: undefined });
    assert.deepEqual(content(), { 'features.db': NEW.toString() });
    rmSync(folder.join('live'), { recursive: true });
    swap({ liveImage: undefined });
    assert.deepEqual(content(), { 'features.db': NEW.toString() });
  });

  it('succeeds if another program creates the missing folder at the same moment', () => {
    rmSync(folder.join('live'), { recursive: true });
    const makeTwice: typeof mkdirSync = (path, options) => {
      mkdirSync(path);
      return mkdirSync(path, options);
    };
    swap({ liveImage: undefined }, withFiles({ mkdirSync: makeTwice }));
    assert.deepEqual(content(), { 'features.db': NEW.toString() });
  });

  it('moves the side files of the new database into place', () => {
    const sideFiles = [
      { suffix: '-wal', bytes: Buffer.from('its log') },
      { suffix: '-journal', bytes: Buffer.from('its journal') },
    ] as const;
    for (const liveImage of [BRIDGE, undefined]) {
      swap({ replacement: { image: NEW, sideFiles }, liveImage });
      assert.deepEqual(content(), {
        'features.db': NEW.toString(),
        'features.db-journal': 'its journal',
        'features.db-wal': 'its log',
      });
    }
  });

  it('gives the new database the mode and owner of the old one', () => {
    chmodSync(live(), 0o640);
    const owners: unknown[] = [];
    const fchownSync: FileSystem['fchownSync'] = (_descriptor, uid, gid) => void owners.push([uid, gid]);
    const { uid, gid } = statSync(live());
    swap({ liveImage: undefined }, withFiles({ fchownSync }));
    assert.equal(statSync(live()).mode & 0o777, 0o640);
    assert.deepEqual(owners, [[uid, gid]]);
  });

  it('creates a missing database so that nobody else can read it, whatever the umask', () => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(live(suffix));
    const sideFiles = [{ suffix: '-wal', bytes: Buffer.from('its log') }] as const;
    const before = process.umask(0);
    try {
      swap({ replacement: { image: NEW, sideFiles }, liveImage: undefined });
    } finally {
      process.umask(before);
    }
    assert.deepEqual([statSync(live()).mode & 0o777, statSync(live('-wal')).mode & 0o777], [0o600, 0o600]);
  });

  it('reports that the side files of the new database could not be moved into place', () => {
    const sideFiles = [{ suffix: '-wal', bytes: Buffer.from('its log') }] as const;
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      if (to === live('-wal')) throw systemError('EIO');
      nodeFileSystem.renameSync(from, to);
    };
    assert.throws(() => {
      swap({ replacement: { image: NEW, sideFiles } }, withFiles({ renameSync }));
    }, hasCode('io'));
  });

  for (const code of ['EPERM', 'EACCES', 'EINVAL', 'ENOSYS', 'ENOTSUP']) {
    it(`keeps its own owner if the system does not allow the old one (${code})`, () => {
      const fchownSync: FileSystem['fchownSync'] = () => {
        throw systemError(code);
      };
      swap({}, withFiles({ fchownSync }));
      assert.deepEqual(content(), { 'features.db': NEW.toString() });
    });
  }

  it('changes no live file if the new database cannot be written correctly', () => {
    const fchownSync: FileSystem['fchownSync'] = () => {
      throw systemError('EIO');
    };
    const staged = new Set<number>();
    const openSync: FileSystem['openSync'] = (path, ...rest) => {
      const descriptor = nodeFileSystem.openSync(path, ...rest);
      if (String(path).endsWith('staged')) staged.add(descriptor);
      else staged.delete(descriptor);
      return descriptor;
    };
    const readSync = ((descriptor: number, bytes: Buffer, ...rest: [number, number, number]) => {
      const bytesRead = nodeFileSystem.readSync(descriptor, bytes, ...rest);
      if (staged.has(descriptor)) bytes.fill('x');
      return bytesRead;
    }) as FileSystem['readSync'];
    for (const files of [{ fchownSync }, { openSync, readSync }]) {
      assert.throws(() => {
        swap({}, withFiles(files));
      }, hasCode('io'));
      assert.deepEqual(content(), OLD);
    }
  });

  it('succeeds if only the clean-up fails', () => {
    const readdir = (() => {
      throw systemError('EIO');
    }) as unknown as FileSystem['readdirSync'];
    swap({}, withFiles({ readdirSync: readdir }));
    assert.deepEqual(content(), { 'features.db': NEW.toString() });
  });

  describe('that was interrupted', () => {
    const aside = (suffix: '-wal' | '-journal', owner: string): string => asidePath(live(), suffix, owner);
    const owner = (): string => versionIdentity(live(), realPorts()) ?? '';
    const recover = (): readonly string[] => cleanUpRestore(live(), realPorts()).toSorted();

    it('needs no recovery if it left no files', () => {
      assert.deepEqual(recover(), []);
      assert.deepEqual(content(), OLD);
      assert.deepEqual(cleanUpRestore(folder.join('none', 'features.db'), realPorts()), []);
    });

    it('returns side files to the database that they belong to', () => {
      rmSync(live('-wal'));
      writeFileSync(aside('-wal', owner()), 'its log');
      writeFileSync(aside('-journal', owner()), 'its journal');
      assert.equal(recover().length, 2);
      assert.deepEqual(content(), { ...OLD, 'features.db-journal': 'its journal', 'features.db-wal': 'its log' });
    });

    it('does not return side files to a database that already has a log, or to another database', () => {
      writeFileSync(aside('-wal', owner()), 'an old log');
      writeFileSync(aside('-journal', '1-2-3'), 'of another file');
      assert.equal(recover().length, 2);
      assert.deepEqual(content(), OLD);
    });

    it('leaves no staged files behind, and no other file changed', () => {
      const staged = '.features.db.0123456789abcdef.restore-staged';
      const stagedFiles = [staged, `${staged}-journal`, `${staged}-wal`, `${staged}-shm`];
      const others = [
        '.features.db.0123456789abcdef.restore-staged-old',
        '.features.db.0123456789abcdeg.restore-staged',
        '.other.db.0123456789abcdef.restore-staged',
        '.features.db-wal.1-2-3.restore-aside.old',
        '.features.db-shm.1-2-3.restore-aside',
        '.features.db-wal.1-2.restore-aside',
        'notes.restore-staged',
      ];
      for (const name of [...stagedFiles, ...others]) writeFileSync(folder.join('live', name), '');
      assert.deepEqual(recover(), stagedFiles.toSorted());
      for (const name of others) assert.ok(existsSync(folder.join('live', name)), name);
    });

    it('causes an error if its folder cannot be read', () => {
      const readdirSync = (() => {
        throw systemError('EACCES');
      }) as unknown as FileSystem['readdirSync'];
      assert.throws(() => cleanUpRestore(live(), withFiles({ readdirSync })), hasCode('permission-denied'));
    });
  });
});

function hasCode(code: string) {
  return (error: unknown): boolean => error instanceof BackupError && error.code === code;
}
