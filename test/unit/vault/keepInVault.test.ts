import assert from 'node:assert/strict';
import nodeFileSystem, { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { keepInVault } from '../../../core/vault/keepInVault.js';
import type { Backup, TriggerSource } from '../../../core/store/index.js';
import { systemOf, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { listedBackup, type ListedBackup } from '../../support/listedBackup.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const KEY = 'shop-00000001';
const ID = 'features_1_20260125-144600_a';
const [IMAGE, METADATA] = [`${ID}.db`, `${ID}.json`];

describe('a new backup in the vault', () => {
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  let warnings: string[];
  let notices: string[];
  const inStore = (name: string): string => join(recorded.project.storePath, name);
  const inVault = (name: string): string => join(recorded.vault, KEY, name);
  const ports = (files: Partial<FileSystem> = {}, more: Partial<Ports> = {}): Ports =>
    recorded.ports({
      files: { ...nodeFileSystem, ...files },
      onWarning: (warning) => warnings.push(warning),
      onNotice: (notice) => notices.push(notice),
      ...more,
    });
  const keep = (own: Ports = ports(), source: TriggerSource = 'cli', changes: ListedBackup = {}): readonly string[] => {
    const backup: Backup = listedBackup(ID, { path: inStore(IMAGE), ...changes });
    keepInVault(recorded.project, KEY, backup, source, own);
    return existsSync(join(recorded.vault, KEY)) ? recorded.namesInVault(KEY) : [];
  };
  const isLink = (name: string): boolean => statSync(inVault(name)).ino === statSync(inStore(name)).ino;
  /** Links fail with this code, some of them only. */
  const withoutLinks = (code: string, isRefused: (to: string) => boolean = () => true): Partial<FileSystem> => ({
    linkSync: (from, to) => {
      if (isRefused(String(to))) throw systemError(code);
      nodeFileSystem.linkSync(from, to);
    },
  });
  beforeEach(() => {
    warnings = [];
    notices = [];
    recorded.putInStore(IMAGE, METADATA);
  });

  it('is a link to the image and to the metadata, and requests a sync', () => {
    assert.deepEqual(keep(), [IMAGE, METADATA, 'sync-wanted']);
    assert.deepEqual([isLink(IMAGE), isLink(METADATA)], [true, true]);
    assert.equal(statSync(inVault('sync-wanted')).size, 0);
    if (process.platform !== 'win32') {
      assert.equal(statSync(inVault('sync-wanted')).mode & 0o777, 0o600);
      assert.equal(statSync(join(recorded.vault, KEY)).mode & 0o777, 0o700);
    }
    assert.deepEqual(warnings, []);
  });

  it('is announced with the first one, and only then', () => {
    keep();
    assert.equal(notices.length, 1);
    assert.ok(notices[0]?.includes(recorded.vault));
    rmSync(join(recorded.vault, KEY), { recursive: true });
    keep();
    assert.equal(notices.length, 1);
    rmSync(recorded.vault, { recursive: true });
    const { onNotice, ...silent } = ports();
    assert.ok(onNotice);
    assert.deepEqual(keep(silent), [IMAGE, METADATA, 'sync-wanted']);
    assert.deepEqual(warnings, []);
  });

  it('is none for a damaged database with side files, or if the vault is turned off', () => {
    assert.deepEqual(keep(ports(), 'cli', { content: 'raw' }), []);
    const { project } = recorded;
    const configuration = { ...project.configuration, vault: false };
    keepInVault({ ...project, configuration }, KEY, listedBackup(ID, { path: inStore(IMAGE) }), 'cli', ports());
    assert.equal(existsSync(recorded.vault), false);
    assert.deepEqual(warnings, []);
  });

  it('stays as it is if it is there, as a link or as a copy', () => {
    for (const name of [IMAGE, `${IMAGE}.gz`]) {
      recorded.putInVault(KEY, name);
      assert.deepEqual(keep(), [name]);
      rmSync(inVault(name));
    }
  });

  it('is completed where a process was killed between the two links', () => {
    mkdirSync(join(recorded.vault, KEY), { recursive: true });
    nodeFileSystem.linkSync(inStore(METADATA), inVault(METADATA));
    assert.deepEqual(keep(), [IMAGE, METADATA, 'sync-wanted']);
    assert.ok(isLink(IMAGE));
    assert.deepEqual(warnings, []);
  });

  it('is the image alone if the backup has no metadata', () => {
    rmSync(inStore(METADATA));
    assert.deepEqual(keep(), [IMAGE, 'sync-wanted']);
    assert.deepEqual(warnings, []);
  });

  it('keeps the file that requests a sync', () => {
    recorded.putInVault(KEY, 'sync-wanted');
    keep();
    assert.equal(readFileSync(inVault('sync-wanted'), 'utf8'), 'sync-wanted');
  });

  describe('where links are impossible', () => {
    const CODES = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];
    for (const code of CODES) {
      it(`(${code}) is left to the sync, and is a copy before the tool of an agent runs`, () => {
        assert.deepEqual(keep(ports(withoutLinks(code))), ['sync-wanted']);
        assert.deepEqual(keep(ports(withoutLinks(code)), 'agent-hook'), [IMAGE, METADATA, 'sync-wanted']);
        assert.deepEqual([isLink(IMAGE), isLink(METADATA)], [false, false]);
        for (const name of [IMAGE, METADATA])
          assert.deepEqual(readFileSync(inVault(name)), readFileSync(inStore(name)));
        assert.deepEqual(warnings, []);
      });
    }

    it('is a copy of the image if only that cannot be linked', () => {
      const own = ports(withoutLinks('EMLINK', (to) => to.endsWith('.db')));
      assert.deepEqual(keep(own), [METADATA, 'sync-wanted']);
      assert.deepEqual(keep(own, 'agent-hook'), [IMAGE, METADATA, 'sync-wanted']);
    });

    it('is a copy of the image alone if the backup has no metadata', () => {
      rmSync(inStore(METADATA));
      assert.deepEqual(keep(ports(withoutLinks('EPERM')), 'agent-hook'), [IMAGE, 'sync-wanted']);
      assert.deepEqual(warnings, []);
    });

    /** Reading each part of a file takes so long. */
    const slow = (partMs: number): Ports => {
      let nowMs = 500;
      const readSync = ((...args: Parameters<FileSystem['readSync']>) => {
        nowMs += partMs;
        return nodeFileSystem.readSync(...args);
      }) as FileSystem['readSync'];
      const own = ports({ ...withoutLinks('EPERM'), readSync });
      return { ...own, system: { ...systemOf(own), monotonicMs: () => nowMs } };
    };

    it('is a copy only if that takes no more than two seconds, because an agent waits', () => {
      rmSync(inStore(METADATA));
      assert.deepEqual(keep(slow(2000), 'agent-hook'), [IMAGE, 'sync-wanted']);
      rmSync(inVault(IMAGE));
      assert.deepEqual(keep(slow(2001), 'agent-hook'), ['sync-wanted']);
      assert.deepEqual(warnings, []);
    });

    it('is no part of a copy if copying fails, which is a warning', () => {
      const renameSync = (): never => {
        throw systemError('ENOSPC');
      };
      assert.deepEqual(keep(ports({ ...withoutLinks('EPERM'), renameSync }), 'agent-hook'), ['sync-wanted']);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /ENOSPC|full/);
    });
  });

  it('is a warning if it cannot be made, or if the sync cannot be requested', () => {
    assert.deepEqual(keep(ports(withoutLinks('EIO'))), ['sync-wanted']);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^Could not keep a copy in the vault.*EIO.*\. The backup itself is complete$/);
    rmSync(inVault('sync-wanted'));
    const openSync: FileSystem['openSync'] = (path, ...rest) => {
      if (path === inVault('sync-wanted')) throw systemError('EROFS');
      return nodeFileSystem.openSync(path, ...rest);
    };
    assert.deepEqual(keep(ports({ openSync })), []);
    assert.equal(warnings.length, 2);
    const { onWarning, ...silent } = ports(withoutLinks('EIO'));
    assert.ok(onWarning);
    assert.deepEqual(keep(silent), ['sync-wanted']);
  });

  it('is a warning if the vault is a file', () => {
    writeFileSync(recorded.vault, '');
    const outcome = (): void =>
      keepInVault(recorded.project, KEY, listedBackup(ID, { path: inStore(IMAGE) }), 'cli', ports());
    assert.doesNotThrow(outcome);
    assert.equal(warnings.length, 1);
    assert.deepEqual(notices, []);
  });

  it('leaves no file open', () => {
    let open = 0;
    const counting: Partial<FileSystem> = {
      openSync: (...args) => {
        const descriptor = nodeFileSystem.openSync(...args);
        open += 1;
        return descriptor;
      },
      closeSync: (descriptor) => {
        open -= 1;
        nodeFileSystem.closeSync(descriptor);
      },
    };
    keep(ports({ ...counting, ...withoutLinks('EPERM') }), 'agent-hook');
    assert.equal(open, 0);
  });
});
