import assert from 'node:assert/strict';
import nodeFileSystem, {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
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

describe('the scratch folder of a drill', () => {
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

  /** A folder as a drill leaves it; without an owner if there is none named. */
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

  it('is private, says whose it is, and is gone with all that is in it when the work is done', async () => {
    const result = await withScratchFolder(ports, async (path) => {
      assert.equal(dirname(path), folder.path);
      assert.equal(statSync(path).mode & 0o777, 0o700);
      const owner = parseLockRecord(readFileSync(join(path, 'owner'), 'utf8'));
      assert.deepEqual([owner?.pid, PREFIX + (owner?.token ?? '')], [process.pid, basename(path)]);
      writeFileSync(join(path, 'features.db'), 'a copy');
      return await Promise.resolve('done');
    });
    assert.deepEqual([result, readdirSync(folder.path)], ['done', []]);
  });

  it('is gone as well when the work fails', async () => {
    const failing = withScratchFolder(ports, async (path) => {
      writeFileSync(join(path, 'features.db'), 'a copy');
      return await Promise.reject(new Error('the work failed'));
    });
    await assert.rejects(failing, { message: 'the work failed' });
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('that cannot be made is an error, and nothing is left of it', async () => {
    const refused = (): never => {
      throw systemError('EACCES');
    };
    for (const changes of [{ mkdirSync: refused as unknown as Ports['files']['mkdirSync'] }, { fsyncSync: refused }]) {
      const files = { ...nodeFileSystem, ...changes };
      const work = withScratchFolder({ ...ports, files }, async () => await Promise.resolve(assert.fail('it ran')));
      await assert.rejects(work, { name: 'BackupError', code: 'permission-denied' });
      assert.deepEqual(readdirSync(folder.path), []);
    }
  });

  it('of a process that has died is removed by the next drill; that of a live one stays', () => {
    const dead = leave({ startTime: '1' });
    const live = leave({});
    sweepScratchFolders(ports);
    assert.deepEqual([existsSync(dead), existsSync(live)], [false, true]);
    assert.deepEqual(readdirSync(live).sort(), ['features.db', 'owner']);
  });

  it('that does not say whose it is stays for a minute, in which that may be written', () => {
    const young = age(leave(), 55);
    const old = age(leave(), 65);
    sweepScratchFolders(ports);
    assert.deepEqual([existsSync(young), existsSync(old)], [true, false]);
  });

  it('is only what bears its name', () => {
    const token = uniqueToken();
    const others = [`other-${token}`, `${PREFIX}notes`, PREFIX, `x${PREFIX}${token}`, token];
    for (const name of others) {
      mkdirSync(folder.join(name));
      age(folder.join(name), 3600);
    }
    const old = age(leave(), 3600);
    sweepScratchFolders(ports);
    assert.equal(existsSync(old), false);
    assert.deepEqual(readdirSync(folder.path).sort(), others.toSorted());
  });

  it('is only a folder, and what links lead to stays', () => {
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
    sweepScratchFolders(ports);
    assert.deepEqual([existsSync(link), existsSync(file), existsSync(old)], [true, true, false]);
    assert.equal(readFileSync(folder.join('precious', 'file'), 'utf8'), 'precious');
  });

  it('of another user stays', function () {
    if (process.getuid?.() !== 0) this.skip();
    const foreign = leave({ startTime: '1' });
    chownSync(foreign, 12_345, 12_345);
    sweepScratchFolders(ports);
    assert.equal(existsSync(foreign), true);
  });

  it('is no reason to fail where it cannot be looked at, or has just gone', () => {
    const [first, second] = [leave({ startTime: '1' }), leave({ startTime: '1' })];
    const failing = (path: string, code: string) => {
      const lstatSync = ((of: string, options: object) => {
        if (of === path) throw systemError(code);
        return nodeFileSystem.lstatSync(of, options);
      }) as unknown as Ports['files']['lstatSync'];
      return { ...ports, files: { ...nodeFileSystem, lstatSync } };
    };
    sweepScratchFolders(failing(first, 'ENOENT'));
    assert.deepEqual([existsSync(first), existsSync(second)], [true, false]);
    sweepScratchFolders(failing(first, 'EACCES'));
    const unreadable = (): never => {
      throw systemError('EACCES');
    };
    sweepScratchFolders({ ...ports, files: { ...nodeFileSystem, readdirSync: unreadable } });
    sweepScratchFolders({ ...ports, files: { ...nodeFileSystem, rmdirSync: unreadable } });
    assert.deepEqual(readdirSync(first), [], 'all but the folder itself could be removed');
    age(first, 65);
    sweepScratchFolders(ports);
    assert.equal(existsSync(first), false);
  });
});
