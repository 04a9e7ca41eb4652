import assert from 'node:assert/strict';
import nodeFileSystem, {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'mocha';
import { storeStateFolder, type Project } from '../../../core/project/index.js';
import {
  findProjectRecord,
  forgetProject,
  readProjectRecord,
  readProjectRecordOrWarn,
  readProjectRecords,
  recordProject,
  syncRecords,
  type HasBackup,
  type ProjectRecord,
  type RecordedBackup,
} from '../../../core/projects/index.js';
import { recordPath } from '../../../core/projects/recordFile.js';
import { withStoreLock } from '../../../core/system/index.js';
import { realPorts, systemOf, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { losingLock, momentsOfLoss, type LosingLock } from '../../support/losingLock.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const AT = Date.UTC(2026, 0, 25, 12);
const MINUTE_MS = 60_000;
const backupAt = (ms: number): RecordedBackup => ({
  id: `features_1_${String(ms)}_a`,
  createdAt: new Date(ms).toISOString(),
  features: 1,
  passing: 0,
});
const never: HasBackup = () => false;
const always: HasBackup = () => true;

/** The real file system, in which every file has a time of birth, even if it was just created. */
const files: FileSystem = {
  ...nodeFileSystem,
  statSync: new Proxy(nodeFileSystem.statSync, {
    apply: (target, _this, args: Parameters<typeof nodeFileSystem.statSync>) => {
      const stats = target(...args);
      if (stats !== undefined && 'birthtimeNs' in stats) stats.ctimeNs = stats.birthtimeNs + 1n;
      return stats;
    },
  }),
};
/** One without inode numbers. */
const filesWithoutNumbers: FileSystem = {
  ...nodeFileSystem,
  statSync: new Proxy(nodeFileSystem.statSync, {
    apply: (target, _this, args: Parameters<typeof nodeFileSystem.statSync>) => {
      const stats = target(...args);
      if (stats !== undefined && 'birthtimeNs' in stats) stats.ino = 0n;
      return stats;
    },
  }),
};

describe('the record of a project with backups', () => {
  const folder = useTemporaryFolder();
  let warnings: string[];
  const ports = (more: Partial<Ports> = {}): Ports => ({
    ...realPorts(),
    files,
    // Records of deleted projects in the temporary folder expire.
    environment: { FEATURE_BACKUPS_STATE: folder.join('state'), TMPDIR: folder.join('temporary') },
    onWarning: (warning) => warnings.push(warning),
    ...more,
  });
  const records = () => folder.join('state', 'projects');
  const names = () => readdirSync(records()).filter((name) => !name.startsWith('.'));
  const make = (name = 'shop'): Project => {
    const project = testProject(folder.join(name));
    mkdirSync(project.storePath, { recursive: true });
    writeFileSync(project.databasePath, '');
    return project;
  };
  const move = (from: Project, to: string): Project => {
    renameSync(from.root, folder.join(to));
    return testProject(folder.join(to));
  };
  const record = async (
    project: Project,
    { at = AT, hasBackup = never, own = ports() }: { at?: number; hasBackup?: HasBackup; own?: Ports } = {},
  ): Promise<ProjectRecord> => {
    const found = await recordProject(project, backupAt(at), hasBackup, own);
    assert.deepEqual(warnings, []);
    assert.ok(found);
    assert.deepEqual(readProjectRecord(project.root, own) ?? found, found);
    return found;
  };
  beforeEach(() => {
    warnings = [];
  });

  it('contains its folder, its files and its last backup', async () => {
    const shop = make();
    const { vaultKeys, fileIds, ...rest } = await record(shop);
    const { root, databasePath, storePath } = shop;
    assert.deepEqual(rest, {
      roots: [root],
      databasePath,
      storePath,
      remotes: [],
      firstCommits: [],
      lastBackup: backupAt(AT),
    });
    assert.equal(fileIds.length, 2);
    assert.equal(vaultKeys.length, 1);
    assert.match(vaultKeys[0], /^shop-[0-9a-f]{8}$/);
    assert.deepEqual(readProjectRecord(root, ports())?.lastBackup, backupAt(AT));
    assert.deepEqual(readdirSync(records()), [basename(recordPath(root, ports()))]);
    if (process.platform !== 'win32') assert.equal(statSync(records()).mode & 0o777, 0o700);
  });

  describe('is written', () => {
    const inode = (project: Project): bigint => statSync(recordPath(project.root, ports()), { bigint: true }).ino;
    const isWritten = async (project: Project, options: { at: number }): Promise<boolean> => {
      const before = inode(project);
      await record(project, options);
      return inode(project) !== before;
    };

    it('again ten minutes after the recorded backup, or before it if the clock was set back', async () => {
      const shop = make();
      for (const [minutes, expected] of [
        [9.99, false],
        [-9.99, false],
        [10, true],
        [-10, true],
      ] as const) {
        rmSync(records(), { recursive: true, force: true });
        await record(shop);
        assert.equal(await isWritten(shop, { at: AT + minutes * MINUTE_MS }), expected, String(minutes));
      }
    });

    it('again as soon as the database, the store or a remote is another', async () => {
      const shop = make();
      await record(shop);
      assert.equal(await isWritten(shop, { at: AT + 1 }), false);
      mkdirSync(join(shop.root, '.git'));
      writeFileSync(join(shop.root, '.git', 'config'), 'url = a\n');
      assert.equal(await isWritten(shop, { at: AT + 2 }), true);
      renameSync(shop.databasePath, `${shop.databasePath}.old`);
      writeFileSync(shop.databasePath, '');
      assert.equal(await isWritten(shop, { at: AT + 3 }), true);
      const [databasePath, storePath] = [`${shop.databasePath}.old`, folder.join('store')];
      assert.equal(await isWritten({ ...shop, databasePath }, { at: AT + 4 }), true);
      mkdirSync(storePath);
      assert.equal(await isWritten({ ...shop, databasePath, storePath }, { at: AT + 5 }), true);
      assert.equal(await isWritten({ ...shop, databasePath, storePath }, { at: AT + 6 }), false);
    });

    it('every time if nothing else shows that it is not another project in the same folder', async () => {
      const shop = make();
      const own = ports({ files: filesWithoutNumbers });
      const { vaultKeys } = await record(shop, { own, hasBackup: always });
      assert.deepEqual((await record(shop, { at: AT + 1, own, hasBackup: always })).vaultKeys, vaultKeys);
      assert.equal((await record(shop, { at: AT + 2, own, hasBackup: never })).vaultKeys.length, 2);
    });
  });

  it('is not written if the state folder cannot be, which is only a warning', async () => {
    writeFileSync(folder.join('state'), '');
    assert.equal(await recordProject(make(), backupAt(AT), never, ports()), undefined);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /\. The backup itself is complete$/);
    const { onWarning, ...silent } = ports();
    assert.ok(onWarning);
    assert.equal(await recordProject(make(), backupAt(AT), never, silent), undefined);
  });

  it('is not written after a second of waiting for another process, because an agent waits', async () => {
    let nowMs = 0;
    const pause = async (ms: number): Promise<void> => {
      nowMs += ms;
      await Promise.resolve();
    };
    const own = ports({ system: { ...systemOf(ports()), monotonicMs: () => nowMs, pause } });
    mkdirSync(records(), { recursive: true });
    await withStoreLock(records(), ports(), async () => {
      assert.equal(await recordProject(make(), backupAt(AT), never, own), undefined);
    });
    assert.equal(warnings.length, 1);
    assert.ok(nowMs >= 1000 && nowMs < 2000, String(nowMs));
  });

  it('is neither written nor deleted after another process has taken over the lock', async () => {
    const shop = make();
    const later = backupAt(AT + 60 * MINUTE_MS);
    const recording = async (own: Ports) => assert.equal(await recordProject(shop, later, never, own), undefined);
    const forgetting = async (own: Ports) => {
      await assert.rejects(forgetProject(shop.root, own), { code: 'store-busy' });
    };
    for (const [work, assertStopped] of [
      [async (own: Ports) => await recordProject(shop, later, never, own), recording],
      [async (own: Ports) => await forgetProject(shop.root, own), forgetting],
    ] as const) {
      const run = async (attempt: (own: Ports) => Promise<unknown>, lostAfter?: number): Promise<LosingLock> => {
        rmSync(folder.join('state'), { recursive: true, force: true });
        assert.ok(await recordProject(shop, backupAt(AT), never, ports()));
        const losing = losingLock(records(), records(), lostAfter);
        await attempt(ports({ files: { ...losing.files, statSync: files.statSync } }));
        return losing;
      };
      const [moment] = momentsOfLoss((await run(work)).changes, true);
      assert.ok(moment !== undefined);
      assert.deepEqual((await run(assertStopped, moment)).afterLoss(), []);
      assert.deepEqual(readProjectRecord(shop.root, ports())?.lastBackup, backupAt(AT));
    }
  });

  describe('of a moved project', () => {
    it('moves with it, known by its files or by the recorded backup', async () => {
      for (const [own, hasBackup] of [
        [ports(), never],
        [ports({ files: filesWithoutNumbers }), always],
      ] as const) {
        const shop = make();
        const { vaultKeys } = await record(shop, { own });
        const moved = move(shop, 'moved');
        assert.deepEqual(findProjectRecord(moved, hasBackup, own)?.vaultKeys, vaultKeys);
        assert.deepEqual(names().length, 1, 'reading changes nothing');
        const found = await record(moved, { own, hasBackup });
        assert.deepEqual([found.roots, found.vaultKeys], [[moved.root, shop.root], vaultKeys]);
        assert.deepEqual(names(), [basename(recordPath(moved.root, own))]);
        assert.deepEqual(findProjectRecord(moved, never, own), found);
        rmSync(moved.root, { recursive: true });
        rmSync(folder.join('state'), { recursive: true });
      }
    });

    it('stays where it is while a project is there, or if neither the files nor the backup are the same', async () => {
      const shop = make();
      await record(shop);
      cpSync(shop.root, folder.join('copy'), { recursive: true });
      const copy = testProject(folder.join('copy'));
      assert.equal(findProjectRecord(copy, always, ports()), undefined);
      assert.deepEqual((await record(copy, { hasBackup: always })).roots, [copy.root]);
      const moved = move(shop, 'moved');
      const other = make('other');
      assert.equal(findProjectRecord(other, never, ports()), undefined);
      assert.deepEqual((await record(other)).roots, [other.root]);
      assert.equal(names().length, 3);
      assert.deepEqual((await record(moved)).roots, [moved.root, shop.root]);
      assert.equal(names().length, 3);
    });

    it('moves although a link to the project is in its former place', async () => {
      const shop = make();
      const { vaultKeys } = await record(shop);
      const moved = move(shop, 'moved');
      symlinkSync(moved.root, shop.root);
      assert.deepEqual(findProjectRecord(moved, never, ports())?.vaultKeys, vaultKeys);
      assert.deepEqual((await record(moved)).vaultKeys, vaultKeys);
      assert.deepEqual((await record(testProject(shop.root), { at: AT + 60 * MINUTE_MS })).roots, [
        moved.root,
        shop.root,
      ]);
      assert.equal(names().length, 1);
    });

    it('is found although the records of other projects are unreadable', async () => {
      const shop = make();
      const { vaultKeys } = await record(shop);
      const moved = move(shop, 'moved');
      const other = make('a');
      await record(other);
      writeFileSync(join(records(), `b-${'0'.repeat(16)}.json`), '{');
      const refusing = portsThatRefuse('EIO', ({ path }) => path === recordPath(other.root, ports()));
      const own = ports({ files: { ...files, openSync: refusing.files.openSync } });
      assert.deepEqual(findProjectRecord(moved, never, own)?.vaultKeys, vaultKeys);
      assert.deepEqual((await record(moved, { own })).vaultKeys, vaultKeys);
    });

    it('contains each of its last 20 folders once, the present one first', async () => {
      let project = make('shop0');
      await record(project);
      for (let number = 1; number < 24; number += 1) {
        project = move(project, `shop${String(number)}`);
        await record(project);
      }
      const roots = Array.from({ length: 24 }, (_, number) => folder.join(`shop${String(number)}`)).reverse();
      assert.deepEqual(readProjectRecord(project.root, ports())?.roots, roots.slice(0, 20));
      const back = move(project, 'shop20');
      assert.deepEqual((await record(back)).roots, [
        folder.join('shop20'),
        ...roots.filter((root) => root !== folder.join('shop20')).slice(0, 19),
      ]);
    });

    const stateOf = ({ root, storePath }: Project) => storeStateFolder({ root, storePath }, ports());
    const putState = (project: Project, content: string): void => {
      mkdirSync(stateOf(project), { recursive: true });
      writeFileSync(join(stateOf(project), 'jobs'), content);
    };
    const stateIn = (project: Project): string | undefined =>
      existsSync(stateOf(project)) ? readFileSync(join(stateOf(project), 'jobs'), 'utf8') : undefined;

    it('takes with it what is recorded of the store', async () => {
      const shop = make();
      await record(shop);
      putState(shop, 'mine');
      const moved = move(shop, 'moved');
      await record(moved);
      assert.deepEqual([stateIn(shop), stateIn(moved)], [undefined, 'mine']);
      const again = move(moved, 'again');
      putState(again, 'newer');
      await record(again);
      assert.deepEqual([stateIn(moved), stateIn(again)], ['mine', 'newer']);
    });

    it('leaves what is recorded of a store that is still there', async () => {
      const shop = make();
      const storePath = folder.join('central');
      mkdirSync(storePath);
      await record({ ...shop, storePath });
      putState({ ...shop, storePath }, 'mine');
      const moved = move(shop, 'moved');
      await record(moved);
      assert.deepEqual([stateIn({ ...shop, storePath }), stateIn(moved)], ['mine', undefined]);
    });

    it('is written although what is recorded of the store cannot be moved, with a warning', async () => {
      const shop = make();
      const { vaultKeys } = await record(shop);
      putState(shop, 'mine');
      const from = stateOf(shop);
      const moved = move(shop, 'moved');
      const renameSync: FileSystem['renameSync'] = (path, to) => {
        if (path === from) throw systemError('EACCES');
        files.renameSync(path, to);
      };
      await recordProject(moved, backupAt(AT), never, ports({ files: { ...files, renameSync } }));
      assert.match(warnings.join('\n'), /EACCES/);
      assert.deepEqual(readProjectRecord(moved.root, ports())?.vaultKeys, vaultKeys);
    });
  });

  describe('of another project in the same folder', () => {
    let replaced = 0;
    const replace = (project: Project): Project => {
      replaced += 1;
      renameSync(project.root, `${project.root}-${String(replaced)}`);
      return make(basename(project.root));
    };

    it('has a new key first, and at most 20', async () => {
      let shop = make();
      const keys = [...(await record(shop)).vaultKeys];
      for (let turn = 1; turn < 23; turn += 1) {
        shop = replace(shop);
        const { vaultKeys, roots } = await record(shop, { at: AT + turn * 60 * MINUTE_MS });
        assert.deepEqual(roots, [shop.root]);
        keys.unshift(vaultKeys[0]);
        assert.deepEqual(vaultKeys, keys.slice(0, 20));
      }
      assert.equal(new Set(keys).size, 23);
      assert.equal(names().length, 1);
    });

    it('keeps its keys if a clone has the same remotes, or if it has the recorded backup', async () => {
      const withRemote = (project: Project): Project => {
        mkdirSync(join(project.root, '.git'));
        writeFileSync(join(project.root, '.git', 'config'), 'url = a\n');
        return project;
      };
      const shop = withRemote(make());
      const { vaultKeys } = await record(shop);
      const clone = withRemote(replace(shop));
      assert.deepEqual((await record(clone)).vaultKeys, vaultKeys);
      assert.deepEqual((await record(replace(clone), { hasBackup: always })).vaultKeys, vaultKeys);
    });
  });

  describe('of a folder with two paths', () => {
    /** As if these two folders were one. */
    const sameNumber = (one: string, other: string, number: bigint): FileSystem => ({
      ...files,
      statSync: new Proxy(files.statSync, {
        apply: (target, _this, args: Parameters<FileSystem['statSync']>) => {
          const stats = target(...args);
          const isOne = args[0] === one || args[0] === other;
          if (isOne && stats !== undefined && 'birthtimeNs' in stats) stats.ino = number;
          return stats;
        },
      }),
    });

    it('is one, with the recorded path', async () => {
      const shop = make();
      const mounted = make('mounted');
      const own = ports({ files: sameNumber(shop.root, mounted.root, 77n) });
      writeFileSync(join(folder.join('shop'), 'unrelated'), '');
      const { vaultKeys } = await record(shop, { own });
      assert.deepEqual(findProjectRecord(mounted, never, own)?.vaultKeys, vaultKeys);
      const again = await recordProject(mounted, backupAt(AT + 60 * MINUTE_MS), always, own);
      assert.deepEqual([again?.roots, again?.vaultKeys], [[shop.root], vaultKeys]);
      assert.equal(names().length, 1);
    });

    it('is two if the folders have no number', async () => {
      const shop = make();
      const mounted = make('mounted');
      const own = ports({ files: sameNumber(shop.root, mounted.root, 0n) });
      await record(shop, { own });
      assert.equal(findProjectRecord(mounted, never, own), undefined);
      assert.deepEqual((await record(mounted, { own })).roots, [mounted.root]);
      assert.equal(names().length, 2);
    });

    it('is not found through a folder that is missing or unreadable', async () => {
      const shop = make();
      await record(shop);
      renameSync(shop.root, folder.join('away'));
      const other = make('other');
      assert.equal(findProjectRecord(other, never, ports()), undefined);
      const statSync = new Proxy(files.statSync, {
        apply: (target, _this, args: Parameters<FileSystem['statSync']>) => {
          if (args[0] === other.root) throw systemError('EIO');
          return target(...args);
        },
      });
      assert.equal(findProjectRecord(other, never, ports({ files: { ...files, statSync } })), undefined);
    });
  });

  describe('of one in a list', () => {
    it('is reported if it is damaged or unreadable, because it may be a project', async () => {
      const [shop, blog] = [make(), make('blog')];
      for (const project of [shop, blog]) await record(project);
      const damaged = join(records(), `a-${'0'.repeat(16)}.json`);
      writeFileSync(damaged, '{}');
      const unread: string[] = [];
      const rootsIn = (own: Ports): readonly string[] =>
        readProjectRecords(own, (warning) => unread.push(warning)).map(({ roots: [root] }) => root);
      assert.deepEqual(rootsIn(ports()), [blog.root, shop.root]);
      assert.deepEqual(unread, [`${damaged} is not a valid project record`]);
      unread.length = 0;
      const refusing = portsThatRefuse('EIO', ({ path }) => path === recordPath(blog.root, ports()));
      assert.deepEqual(rootsIn(ports({ files: refusing.files })), [shop.root]);
      assert.equal(unread.length, 2);
      assert.ok(unread.some((warning) => warning.includes('EIO')));
    });
  });

  describe('that is forgotten', () => {
    it('is deleted and returned, also through a link to the folder', async () => {
      const [shop, blog] = [make(), make('blog')];
      const found = await record(shop);
      await record(blog);
      symlinkSync(shop.root, folder.join('link'));
      assert.deepEqual(await forgetProject(folder.join('link'), ports()), found);
      assert.deepEqual(names(), [basename(recordPath(blog.root, ports()))]);
      assert.equal(await forgetProject(shop.root, ports()), undefined);
      assert.equal(readProjectRecord(shop.root, ports()), undefined);
    });

    it('is none if nothing was recorded; then nothing is created', async () => {
      assert.equal(await forgetProject(make().root, ports()), undefined);
      assert.equal(existsSync(folder.join('state')), false);
    });

    it('is none if another process has deleted it meanwhile', async () => {
      const shop = make();
      await record(shop);
      const deleting = (code: string): Ports =>
        ports({
          files: {
            ...files,
            unlinkSync: (path) => {
              if (path === recordPath(shop.root, ports())) throw systemError(code);
              unlinkSync(path);
            },
          },
        });
      assert.equal(await forgetProject(shop.root, deleting('ENOENT')), undefined);
      await assert.rejects(forgetProject(shop.root, deleting('EACCES')), {
        code: 'permission-denied',
        operation: 'forget the project',
      });
    });
  });

  it('is read with a warning for work that an unreadable one must not stop', async () => {
    const shop = make();
    const found = await record(shop);
    assert.deepEqual(readProjectRecordOrWarn(shop.root, 'So what', ports()), found);
    const refusing = (): Ports => ports({ files: portsThatRefuse('EIO', () => true).files });
    assert.equal(readProjectRecordOrWarn(shop.root, 'So what', refusing()), undefined);
    assert.match(warnings.join('\n'), /EIO.*\. So what$/);
    const { onWarning, ...silent } = refusing();
    assert.ok(onWarning);
    assert.equal(readProjectRecordOrWarn(shop.root, 'So what', silent), undefined);
    const defective: Ports = {
      ...ports(),
      get environment(): never {
        throw new TypeError('a defect');
      },
    };
    assert.throws(() => readProjectRecordOrWarn(shop.root, 'So what', defective), TypeError);
  });

  it('is durable after a sync of its folder and of those above', async () => {
    await record(make());
    const opened = new Map<number, string>();
    const synced: string[] = [];
    const openSync: FileSystem['openSync'] = (path, ...rest) => {
      const descriptor = files.openSync(path, ...rest);
      opened.set(descriptor, String(path));
      return descriptor;
    };
    const fsyncSync: FileSystem['fsyncSync'] = (descriptor) => synced.push(opened.get(descriptor) ?? '');
    syncRecords(ports({ files: { ...files, openSync, fsyncSync } }));
    if (process.platform === 'win32') return;
    assert.deepEqual(synced.slice(0, 3), [records(), folder.join('state'), folder.path]);
  });
});
