import assert from 'node:assert/strict';
import nodeFileSystem, {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'mocha';
import { formatLockRecord, parseLockRecord } from '../../../core/system/locks/lockRecord.js';
import { uniqueToken } from '../../../core/system/processes/uniqueToken.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { sweepScratchFolders, withScratchFolder } from '../../../core/system/files/scratchFolder.js';
import { systemError } from '../../support/interferingFiles.js';
import { lockRecord } from '../../support/lockFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const PREFIX = 'feature-backups-drill-';
const DRILL = { purpose: 'drill' } as const;

describe('a scratch folder', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  const temporary = process.env.TMPDIR;
  beforeEach(() => {
    process.env.TMPDIR = folder.path;
  });
  afterEach(() => {
    if (temporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporary;
  });

  /** A folder as a killed process leaves it; without an owner if there is none named. */
  const leave = (owner?: Parameters<typeof lockRecord>[0], token = uniqueToken()): string => {
    const path = folder.join(PREFIX + token);
    mkdirSync(path);
    writeFileSync(join(path, 'features.db'), 'a copy');
    if (owner !== undefined) writeFileSync(join(path, 'owner'), formatLockRecord(lockRecord({ token, ...owner })));
    return path;
  };
  const age = (path: string, seconds: number): string => {
    const at = new Date(Date.now() - seconds * 1000);
    utimesSync(path, at, at);
    return path;
  };

  it('is private, names its owner, and is removed with its content when the work is done', async () => {
    const result = await withScratchFolder(DRILL, ports, async (path) => {
      assert.equal(dirname(path), folder.path);
      assert.equal(statSync(path).mode & 0o777, 0o700);
      const owner = parseLockRecord(readFileSync(join(path, 'owner'), 'utf8'));
      assert.deepEqual([owner?.pid, PREFIX + (owner?.token ?? '')], [process.pid, basename(path)]);
      writeFileSync(join(path, 'features.db'), 'a copy');
      return await Promise.resolve('done');
    });
    assert.deepEqual([result, readdirSync(folder.path)], ['done', []]);
  });

  it('is also removed if the work fails', async () => {
    const failing = withScratchFolder(DRILL, ports, async (path) => {
      writeFileSync(join(path, 'features.db'), 'a copy');
      return await Promise.reject(new Error('the work failed'));
    });
    await assert.rejects(failing, { message: 'the work failed' });
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('that cannot be created is an error, and leaves nothing behind', async () => {
    const refused = (): never => {
      throw systemError('EACCES');
    };
    for (const changes of [{ mkdirSync: refused as unknown as Ports['files']['mkdirSync'] }, { fsyncSync: refused }]) {
      const files = { ...nodeFileSystem, ...changes };
      const work = withScratchFolder(
        DRILL,
        { ...ports, files },
        async () => await Promise.resolve(assert.fail('it ran')),
      );
      await assert.rejects(work, { name: 'BackupError', code: 'permission-denied' });
      assert.deepEqual(readdirSync(folder.path), []);
    }
  });

  it('is created in another folder than the temporary one if requested', async () => {
    const parent = folder.join('parent');
    mkdirSync(parent);
    const work = async (path: string) => await Promise.resolve(dirname(path));
    assert.equal(await withScratchFolder({ purpose: 'copies', parent }, ports, work), parent);
    assert.deepEqual([readdirSync(parent), readdirSync(folder.path)], [[], ['parent']]);
  });

  it('that cannot be removed is a warning, and hides neither the result of the work nor its failure', async () => {
    const warnings: string[] = [];
    const unlinkSync = (): never => {
      throw systemError('EIO');
    };
    const failing = {
      ...ports,
      files: { ...nodeFileSystem, unlinkSync },
      onWarning: (warning: string) => warnings.push(warning),
    };
    const paths: string[] = [];
    const result = await withScratchFolder(DRILL, failing, async (path) => {
      paths.push(path);
      return await Promise.resolve('done');
    });
    const work = withScratchFolder(DRILL, failing, async (path) => {
      paths.push(path);
      return await Promise.reject(new Error('the work failed'));
    });
    await assert.rejects(work, { message: 'the work failed' });
    assert.equal(result, 'done');
    assert.deepEqual(
      warnings.map((warning) => paths.findIndex((path) => warning.includes(path)) + Number(!warning.includes('EIO'))),
      [0, 1],
      warnings.join('\n'),
    );
    assert.ok(paths.every((path) => existsSync(path)));
  });

  it('that the system has removed meanwhile causes no warning', async () => {
    const onWarning = (warning: string): never => assert.fail(warning);
    await withScratchFolder(DRILL, { ...ports, onWarning }, async (path) => {
      rmSync(path, { recursive: true });
      await Promise.resolve();
    });
  });

  it('that was replaced by a link meanwhile does not affect the target of the link', async () => {
    mkdirSync(folder.join('precious'));
    writeFileSync(folder.join('precious', 'file'), 'precious');
    await withScratchFolder(DRILL, ports, async (path) => {
      rmSync(path, { recursive: true });
      symlinkSync(folder.join('precious'), path);
      await Promise.resolve();
    });
    assert.equal(readFileSync(folder.join('precious', 'file'), 'utf8'), 'precious');
  });

  it('of a dead process is removed by the next process with the same purpose; that of a live one stays', async () => {
    const dead = leave({ startTime: '1' });
    const live = leave({});
    await withScratchFolder({ purpose: 'snapshot' }, ports, async () => await Promise.resolve());
    assert.equal(existsSync(dead), true);
    await withScratchFolder(DRILL, ports, async () => {
      assert.equal(existsSync(dead), false);
      await Promise.resolve();
    });
    assert.equal(existsSync(live), true);
    assert.deepEqual(readdirSync(live).sort(), ['features.db', 'owner']);
  });

  it('of a process that cannot be checked stays for a day', () => {
    const young = age(leave({ host: 'elsewhere' }), 23 * 3600);
    const old = age(leave({ host: 'elsewhere' }), 25 * 3600);
    sweepScratchFolders(DRILL, ports);
    assert.deepEqual([existsSync(young), existsSync(old)], [true, false]);
  });

  it('stays if its parent has too many entries to be searched', () => {
    const dead = leave({ startTime: '1' });
    let left = 200_001;
    const opendirSync = (() => ({
      readSync: () => ((left -= 1) < 0 ? null : { name: basename(dead) }),
      closeSync: () => undefined,
    })) as unknown as Ports['files']['opendirSync'];
    sweepScratchFolders(DRILL, { ...ports, files: { ...nodeFileSystem, opendirSync } });
    assert.deepEqual([existsSync(dead), left], [true, 0]);
  });

  it('without an owner stays for a minute, in which the owner may be written', () => {
    const young = age(leave(), 55);
    const old = age(leave(), 65);
    sweepScratchFolders(DRILL, ports);
    assert.deepEqual([existsSync(young), existsSync(old)], [true, false]);
  });

  it('includes only entries with its name', () => {
    const token = uniqueToken();
    const others = [`other-${token}`, `${PREFIX}notes`, PREFIX, `x${PREFIX}${token}`, token];
    for (const name of others) {
      mkdirSync(folder.join(name));
      age(folder.join(name), 3600);
    }
    const old = age(leave(), 3600);
    sweepScratchFolders(DRILL, ports);
    assert.equal(existsSync(old), false);
    assert.deepEqual(readdirSync(folder.path).sort(), others.toSorted());
  });

  it('must be a folder, and the targets of links stay', () => {
    mkdirSync(folder.join('precious'));
    writeFileSync(folder.join('precious', 'file'), 'precious');
    const link = folder.join(PREFIX + uniqueToken());
    symlinkSync(folder.join('precious'), link);
    const file = folder.join(PREFIX + uniqueToken());
    writeFileSync(file, 'mine');
    age(file, 3600);
    age(folder.join('precious'), 3600);
    const old = leave();
    symlinkSync(folder.join('precious', 'file'), join(old, 'link'));
    age(old, 3600);
    sweepScratchFolders(DRILL, ports);
    assert.deepEqual([existsSync(link), existsSync(file), existsSync(old)], [true, true, false]);
    assert.equal(readFileSync(folder.join('precious', 'file'), 'utf8'), 'precious');
  });

  it('of another user stays', function () {
    if (process.getuid?.() !== 0) this.skip();
    const foreign = leave({ startTime: '1' });
    chownSync(foreign, 12_345, 12_345);
    sweepScratchFolders(DRILL, ports);
    assert.equal(existsSync(foreign), true);
  });

  it('does not cause a failure if it cannot be read or has just been removed', () => {
    const [first, second] = [leave({ startTime: '1' }), leave({ startTime: '1' })];
    const failing = (path: string, code: string) => {
      const lstatSync = ((of: string, options: object) => {
        if (of === path) throw systemError(code);
        return nodeFileSystem.lstatSync(of, options);
      }) as unknown as Ports['files']['lstatSync'];
      return { ...ports, files: { ...nodeFileSystem, lstatSync } };
    };
    sweepScratchFolders(DRILL, failing(first, 'ENOENT'));
    assert.deepEqual([existsSync(first), existsSync(second)], [true, false]);
    sweepScratchFolders(DRILL, failing(first, 'EACCES'));
    const unreadable = (): never => {
      throw systemError('EACCES');
    };
    sweepScratchFolders(DRILL, { ...ports, files: { ...nodeFileSystem, opendirSync: unreadable } });
    sweepScratchFolders(DRILL, { ...ports, files: { ...nodeFileSystem, rmdirSync: unreadable } });
    assert.deepEqual(readdirSync(first), [], 'all but the folder itself could be removed');
    age(first, 65);
    sweepScratchFolders(DRILL, ports);
    assert.equal(existsSync(first), false);
  });
});
