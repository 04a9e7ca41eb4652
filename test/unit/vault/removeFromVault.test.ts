import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { removeFromVault, removeLinksFromVault } from '../../../core/vault/removeFromVault.js';
import type { Ports } from '../../../core/system/ports.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { listedBackup } from '../../support/listedBackup.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [KEY, OLD_KEY] = ['shop-00000001', 'shop-00000002'];
const [A, B, C] = ['a', 'b', 'c'].map((reason) => `features_1_20260125-144600_${reason}`) as [string, string, string];
const filesOf = (id: string): readonly string[] => [`${id}.db`, `${id}.db.gz`, `${id}.json`];

describe('copies in the vault', () => {
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  const unreadable = (more: Partial<Ports> = {}): Ports =>
    recorded.ports({ files: portsThatRefuse('EIO', ({ path }) => path === recorded.recordPath).files, ...more });
  beforeEach(() => recorded.record(KEY, OLD_KEY));

  describe('of deleted backups', () => {
    const remove = (ids: readonly string[], ports = recorded.ports()): void =>
      removeFromVault(
        recorded.project,
        ids.map((id) => listedBackup(id)),
        ports,
      );

    it('are deleted from every folder of the project, with their metadata, and no others', () => {
      for (const id of [A, B, C]) recorded.putInVault(KEY, ...filesOf(id));
      recorded.putInVault(OLD_KEY, `${A}.db.gz`, `${C}.db.gz`);
      remove([A, B]);
      assert.deepEqual(recorded.namesInVault(KEY), filesOf(C));
      assert.deepEqual(recorded.namesInVault(OLD_KEY), [`${C}.db.gz`]);
    });

    it('are an error if one cannot be deleted', () => {
      recorded.putInVault(KEY, ...filesOf(A));
      const unlinkSync = (): never => {
        throw systemError('EACCES');
      };
      const files = { ...recorded.ports().files, unlinkSync };
      assert.throws(() => remove([A], recorded.ports({ files })), {
        code: 'permission-denied',
        operation: 'delete the copy in the vault',
      });
      assert.throws(() => remove([A], unreadable()), { name: 'BackupError' });
    });

    it('of none are not looked up', () => {
      assert.doesNotThrow(() => remove([], unreadable()));
    });
  });

  describe('of a damaged backup', () => {
    const remove = (ports = recorded.ports()): void => removeLinksFromVault(recorded.project, listedBackup(A), ports);

    it('are deleted if they are links, with their metadata, from every folder of the project', () => {
      for (const key of [KEY, OLD_KEY]) recorded.putInVault(key, `${A}.db`, `${A}.json`, ...filesOf(B));
      remove();
      for (const key of [KEY, OLD_KEY]) assert.deepEqual(recorded.namesInVault(key), filesOf(B));
    });

    it('stay if they are copies, with their metadata', () => {
      recorded.putInVault(KEY, ...filesOf(A));
      remove();
      assert.deepEqual(recorded.namesInVault(KEY), [`${A}.db.gz`, `${A}.json`]);
    });

    it('stay with a warning if they are not found', () => {
      recorded.putInVault(KEY, `${A}.db`, `${A}.json`);
      const warnings: string[] = [];
      remove(unreadable({ onWarning: (warning) => warnings.push(warning) }));
      assert.equal(warnings.length, 1);
      assert.deepEqual(recorded.namesInVault(KEY), [`${A}.db`, `${A}.json`]);
    });
  });
});
