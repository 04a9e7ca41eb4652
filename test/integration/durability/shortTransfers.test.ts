import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { compare, pin, restore, verify } from '../../../core/engine.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { sha256Of } from '../../../core/system/files/sha256.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { startFeatureWriter, type FeatureWriter } from '../../support/featureWriter.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { shortTransfers } from '../../support/shortTransfers.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const TRIGGER = { source: 'mcp', reason: 'before_mark_passing' } as const;

describe('a disk that transfers fewer bytes at once than requested', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let writer: FeatureWriter;
  before(async () => {
    writer = await startFeatureWriter();
  });
  after(async () => {
    await writer.stop();
  });

  it('changes nothing: backups, metadata and history are intact, and can be verified and restored', async () => {
    copyFixture('2-after-200-passing', folder.path);
    const project = testProject(folder.path, { keepLast: 2, keepDaily: 0, keepWeekly: 0 });
    let nowMs = Date.UTC(2026, 0, 25, 12);
    const ports: Ports = { ...realPorts(), files: shortTransfers(500), now: () => new Date(nowMs) };
    const written = new Map<string, string>();
    for (let turn = 0; turn < 6; turn += 1) {
      nowMs += 60_000;
      await writer.write(project.databasePath);
      const outcome = await createBackup(project, TRIGGER, ports);
      assert.ok(outcome.status === 'created' && outcome.pruneProblem === undefined, JSON.stringify(outcome));
      written.set(outcome.backup.id, sha256Of(readFileSync(outcome.backup.path)));
    }
    const { backups } = readCatalog(project, ports);
    assert.deepEqual(
      backups.map(({ metadataProblem, metadata }) => [metadataProblem, typeof metadata?.sha256]),
      backups.map(() => [undefined, 'string']),
    );
    const { states, problems } = listHistory(project, ports);
    assert.deepEqual([backups.length, states.length, problems], [2, 4, []]);
    for (const state of states) assert.equal(sha256Of(readBackupImage(state, ports)), written.get(state.id), state.id);

    const [newest, oldest] = [backups[0], states.at(-1)];
    assert.ok(newest && oldest);
    await pin(project, newest.id, { ports });
    assert.ok((await verify(project, undefined, { ports })).every(({ problems: found }) => found.length === 0));
    await restore(project, oldest.id, { ports });
    assert.deepEqual((await compare(project, oldest.id, 'live', { ports })).comparison.changed, []);
  });
});
