import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  describeLoss,
  findLostProject,
  lostProjectError,
  type LostProject,
} from '../../../core/replication/lostProject.js';
import { TargetRecords } from '../../../core/replication/targetRecords.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [KEY, OLD_KEY] = ['shop-00000001', 'shop-00000002'];
const FORGET = '. If the project was deleted on purpose, run feature-backups forget with its folder';
const LOST: LostProject = {
  root: '/projects/shop',
  name: 'shop',
  origins: ['recorded'],
  status: 'no-database',
  lastBackup: { id: 'a', createdAt: '2026-01-25T14:46:00.123+01:00', features: 20, passing: 0 },
  vaultCount: 0,
  targets: [],
};

describe('a lost project', () => {
  describe('is described', () => {
    const messageOf = (features: number | undefined, passing: number | undefined): string =>
      describeLoss({ ...LOST, lastBackup: { ...LOST.lastBackup, features, passing } }).message;
    const hintOf = (changes: Partial<LostProject>): string => describeLoss({ ...LOST, ...changes }).hint;

    it('by its last backup, with the counts that are known', () => {
      const start =
        'The database of /projects/shop and all its backups are missing; the last recorded backup is from 2026-01-25 14:46';
      assert.equal(messageOf(20, 0), `${start} with 20 features, 0 passing`);
      assert.equal(messageOf(20, undefined), `${start} with 20 features`);
      assert.equal(messageOf(undefined, 3), `${start} with 3 passing`);
      assert.equal(messageOf(undefined, undefined), start);
    });

    it('by the way to restore it: from the vault, else from a target, else by hand', () => {
      const targets = [
        { target: 'nas', count: 3 },
        { target: 'cloud', count: 1 },
      ];
      const places = 'he target nas contains 3 backups, the target cloud contains 1 backup';
      assert.equal(
        hintOf({ vaultCount: 1, targets }),
        `The vault contains 1 backup, t${places}. Run feature-backups restore /projects/shop last-good to restore it${FORGET}`,
      );
      assert.equal(
        hintOf({ targets }),
        `T${places}. Run feature-backups restore /projects/shop --from nas to restore it${FORGET}`,
      );
      assert.equal(
        hintOf({}),
        `Restore the folder, or create it and run feature-backups restore there with --from and a target${FORGET}`,
      );
    });

    it('in an error in place of the one that there is no project', () => {
      const cause = new Error('no project');
      const error = lostProjectError(LOST, cause);
      assert.deepEqual(
        [error.code, error.operation, error.path, error.message, error.hint, error.cause],
        [
          'database-not-found',
          'find the project',
          LOST.root,
          describeLoss(LOST).message,
          `${describeLoss(LOST).hint}.`,
          cause,
        ],
      );
    });
  });

  describe('is found', () => {
    const folder = useTemporaryFolder();
    const recorded = new RecordedProject(folder);
    const find = (ports = recorded.ports()): LostProject | undefined =>
      findLostProject([folder.join('other'), recorded.project.root], ports);

    it('by its record, with the number of copies in the vault and at targets', () => {
      assert.equal(find(), undefined);
      recorded.record(KEY, OLD_KEY);
      const { root } = recorded.project;
      const found = { root, name: 'shop', origins: ['recorded'], status: 'no-database', vaultCount: 0, targets: [] };
      const { lastBackup, ...rest } = find() ?? {};
      assert.deepEqual(rest, found);
      assert.equal(lastBackup?.id, 'none');
      const [one, other] = ['features_1_20260125-144600_a', 'features_1_20260125-144600_b'];
      recorded.putInVault(KEY, `${one}.db.gz`, `${one}.db`, `${one}.json`, `${other}.db.gz`, 'project.json');
      recorded.putInVault(OLD_KEY, `${one}.db.gz`);
      recorded.putInVault('foreign-00000003', `${one}.db.gz`);
      const cache = new TargetRecords(recorded.project, recorded.ports()).cache('nas', KEY);
      for (const name of [`${one}.json`, `${other}.json`, 'project.json']) cache.set(name, Buffer.from('{}'));
      assert.deepEqual([find()?.vaultCount, find()?.targets], [3, [{ target: 'nas', count: 2 }]]);
    });

    it('never in the temporary folder, and not through an unreadable record, which is a warning', () => {
      recorded.record(KEY);
      const warnings: string[] = [];
      const { environment } = recorded.ports();
      const temporary = { ...environment, TMPDIR: folder.path };
      assert.equal(find(recorded.ports({ environment: temporary })), undefined);
      const { files } = portsThatRefuse('EIO', ({ path }) => path === recorded.recordPath);
      const ports = recorded.ports({ files, onWarning: (warning) => warnings.push(warning) });
      assert.equal(find(ports), undefined);
      assert.equal(warnings.length, 1);
      assert.ok(warnings[0]?.endsWith(`It is unknown whether ${recorded.project.root} had backups`));
    });
  });
});
