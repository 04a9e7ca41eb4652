import assert from 'node:assert/strict';
import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import {
  readOtherFiles,
  readVaultFiles,
  removeOldest,
  sizeOf,
  type VaultFile,
} from '../../../core/replication/vaultSpace.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [SHOP, BLOG, GAME] = ['shop-00000001', 'blog-00000002', 'game-00000003'];
const idAt = (hour: number): string => `features_1_20260125-1${String(hour)}0000_a`;

describe('the files in the vault', () => {
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  const ports = () => recorded.ports();
  const put = (key: string, name: string, sizeBytes: number): void => {
    recorded.putInVault(key);
    writeFileSync(join(recorded.vault, key, name), Buffer.alloc(sizeBytes));
  };
  /** A copy of 100 bytes; verified with this result. */
  const putCopy = (key: string, id: string, ok?: boolean): void => {
    put(key, `${id}.db.gz`, 100);
    const verified = ok === undefined ? {} : { verified: { at: '2026-01-25T12:00:00Z', check: 'integrity_check', ok } };
    writeFileSync(join(recorded.vault, key, `${id}.json`), JSON.stringify(verified));
  };
  const copiesIn = (key: string): readonly string[] =>
    recorded.namesInVault(key).filter((name) => name.startsWith('features_'));
  const filesOf = (id: string): readonly string[] => [`${id}.db.gz`, `${id}.json`];
  const named = (files: readonly VaultFile[]) => new Map(files.map((file) => [file.path, file]));

  it('have a size, and images an id and a time', () => {
    put(SHOP, `${idAt(2)}.db.gz`, 10);
    put(SHOP, `${idAt(2)}.json`, 3);
    put(SHOP, 'features_emergency.db', 5);
    const files = readVaultFiles(join(recorded.vault, SHOP), ports());
    const path = (name: string): string => join(recorded.vault, SHOP, name);
    const file = (name: string) => named(files).get(path(name));
    assert.equal(files.length, 3);
    assert.deepEqual(file(`${idAt(2)}.db.gz`), {
      path: path(`${idAt(2)}.db.gz`),
      sizeBytes: 10,
      backupId: idAt(2),
      createdAtMs: new Date(2026, 0, 25, 12).getTime(),
    });
    const other = { sizeBytes: 3, backupId: undefined, createdAtMs: Infinity };
    assert.deepEqual(file(`${idAt(2)}.json`), { path: path(`${idAt(2)}.json`), ...other });
    assert.equal(file('features_emergency.db')?.createdAtMs, Infinity);
    assert.equal(sizeOf(files), 18);
    assert.equal(sizeOf([]), 0);
    assert.deepEqual(readVaultFiles(join(recorded.vault, BLOG), ports()), []);
  });

  it('have no size if another process has removed them meanwhile', () => {
    put(SHOP, `${idAt(1)}.db.gz`, 10);
    put(SHOP, `${idAt(2)}.db.gz`, 10);
    const removed = join(recorded.vault, SHOP, `${idAt(1)}.db.gz`);
    const removing = ((...args: Parameters<typeof lstatSync>) => {
      if (args[0] === removed) rmSync(removed, { force: true });
      return lstatSync(...args);
    }) as FileSystem['lstatSync'];
    const files = readVaultFiles(
      join(recorded.vault, SHOP),
      recorded.ports({ files: { ...ports().files, lstatSync: removing } }),
    );
    assert.equal(sizeOf(files), 10);
  });

  it('of other projects are those in their folders', () => {
    for (const key of [SHOP, BLOG, GAME]) put(key, `${idAt(1)}.db.gz`, 10);
    put('no key', `${idAt(1)}.db.gz`, 10);
    assert.deepEqual(
      readOtherFiles(recorded.vault, SHOP, ports()).map(({ path }) => path),
      [BLOG, GAME].map((key) => join(recorded.vault, key, `${idAt(1)}.db.gz`)),
    );
  });

  describe('are removed', () => {
    const remove = (excessBytes: number): void =>
      removeOldest(readOtherFiles(recorded.vault, SHOP, ports()), excessBytes, ports());
    beforeEach(() => {
      for (const hour of [1, 3, 5]) putCopy(BLOG, idAt(hour), true);
      for (const hour of [2, 4, 6]) putCopy(GAME, idAt(hour), true);
    });

    it('oldest first, with their metadata, until enough bytes are free', () => {
      for (const [excessBytes, blog, game] of [
        [-100, [1, 3, 5], [2, 4, 6]],
        [0, [1, 3, 5], [2, 4, 6]],
        [1, [3, 5], [2, 4, 6]],
        [100, [3, 5], [4, 6]],
        [101, [5], [6]],
      ] as const) {
        remove(excessBytes);
        assert.deepEqual(copiesIn(BLOG), blog.map(idAt).flatMap(filesOf), String(excessBytes));
        assert.deepEqual(copiesIn(GAME), game.map(idAt).flatMap(filesOf), String(excessBytes));
      }
    });

    it('except the last verified one of each project, however much is missing', () => {
      remove(100_000);
      assert.deepEqual([copiesIn(BLOG), copiesIn(GAME)], [filesOf(idAt(5)), filesOf(idAt(6))]);
      putCopy(BLOG, idAt(7), false);
      remove(100_000);
      assert.deepEqual(copiesIn(BLOG), filesOf(idAt(5)), 'the newer one is damaged');
    });

    it('except the newest one of a project without a verified one', () => {
      for (const hour of [1, 3, 5]) putCopy(BLOG, idAt(hour));
      remove(100_000);
      assert.deepEqual(copiesIn(BLOG), filesOf(idAt(5)));
    });

    it('unless they are no images, or have no time', () => {
      put(BLOG, 'history-000001-20260125-120000.fbh', 1000);
      put(BLOG, 'project.json', 10);
      put(BLOG, 'features_1.db', 10);
      remove(100_000);
      assert.deepEqual(
        recorded.namesInVault(BLOG).filter((name) => !filesOf(idAt(5)).includes(name)),
        ['features_1.db', 'history-000001-20260125-120000.fbh', 'project.json'],
      );
    });
  });
});
