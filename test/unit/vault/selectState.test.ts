import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { selectState } from '../../../core/vault/selectState.js';
import { findBackupAt } from '../../../core/vault/selectFromHistory.js';
import { cleanUp } from '../../../core/retention/index.js';
import type { Project } from '../../../core/project/index.js';
import { idsOf, projectWithBackups } from '../../support/replication/copies.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const KEY = 'shop-00000001';

describe('the selection of a state', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  let project: Project;
  /** Oldest first: two are in the history, one is in the store. */
  let ids: readonly string[];
  const segments = () => readdirSync(project.storePath).filter((name) => name.endsWith('.fbh'));
  const select = (selector: string) => selectState(project, selector, recorded.ports());
  const make = async (count: number): Promise<void> => {
    ids = idsOf(await projectWithBackups(recorded.project.root, count));
    const { configuration } = recorded.project;
    const retention = { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepEmergency: 5 };
    project = { ...recorded.project, configuration: { ...configuration, retention } };
    assert.equal((await cleanUp(project, recorded.ports())).problem, undefined);
  };
  beforeEach(async () => {
    recorded.record(KEY);
    await make(3);
  });

  it('finds backups in the store, in the history and in the vault by their names', () => {
    const kept = 'features_77_20260125-144600_kept';
    recorded.putInVault(KEY, `${kept}.db.gz`);
    const [first = '', , last = ''] = ids;
    assert.deepEqual(
      [first, last, kept, 'features_77'].map((selector) => select(selector).id),
      [first, last, kept, kept],
    );
    assert.notEqual(select(first).history, undefined);
    assert.equal(select(kept).isOnlyInVault, true);
  });

  it('finds a state by the beginning of its name only if that is unique', () => {
    const last = ids.at(-1) ?? '';
    const beginning = 'features_12_';
    assert.equal(select(beginning).id, last, 'the only backup');
    assert.throws(() => select('features_99'), { code: 'backup-not-found' });
    rmSync(join(project.storePath, `${last}.db`));
    assert.throws(() => select(beginning), { code: 'ambiguous-backup' });
    assert.throws(() => select('../features'), { code: 'unsafe-name' });
  });

  it('finds no state by a beginning that several backups have', async () => {
    rmSync(project.root, { recursive: true });
    await make(2);
    recorded.putInVault(KEY, 'features_12_20260125-144600_kept.db.gz');
    assert.throws(() => select('features_12_'), { code: 'ambiguous-backup' });
    assert.equal(select(ids[0] ?? '').id, ids[0]);
  });

  it('finds the latest and the last good one among the backups only', () => {
    const [, , last] = ids;
    assert.deepEqual(
      ['latest', 'last-good'].map((selector) => select(selector).id),
      [last, last],
    );
    rmSync(join(project.storePath, `${last ?? ''}.db`));
    for (const damage of [false, true]) {
      if (damage) for (const name of segments()) writeFileSync(join(project.storePath, name), 'no segment');
      for (const selector of ['latest', 'last-good'])
        assert.throws(() => select(selector), { code: 'backup-not-found' }, `${selector} ${String(damage)}`);
    }
  });

  it('finds the newest state at a time in all places', () => {
    const kept = 'features_77_20260125-144600_kept';
    recorded.putInVault(KEY, `${kept}.db.gz`);
    const [, second = '', last = ''] = ids;
    const at = (time: Date): string => findBackupAt(project, time, recorded.ports()).id;
    assert.equal(at(new Date(2026, 0, 25, 14, 46)), kept);
    assert.equal(at(select(second).createdAt), second);
    assert.equal(at(new Date(select(last).createdAt.getTime() - 1)), second);
    assert.equal(at(new Date(Date.now() + 1000)), last);
    assert.throws(() => at(new Date(2026, 0, 25, 14, 45)), {
      code: 'backup-not-found',
      message: 'No backup exists from 2026-01-25 14:45:00 or earlier',
    });
  });
});
