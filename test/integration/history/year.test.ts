import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { cleanUp } from '../../../core/retention/cleanUp.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import { realPorts } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { startFeatureWriter, type FeatureWriter } from '../../support/featureWriter.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const DAYS = 400;
const DAY_MS = 86_400_000;
const MAX_BYTES = 2_400_000;

describe('store over four hundred days', function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();
  let writer: FeatureWriter;
  before(async () => {
    writer = await startFeatureWriter();
  });
  after(async () => {
    await writer.stop();
  });

  it('stays within its limit, and restores every state within the limit byte for byte', async () => {
    const made = testProject(copyFixture('2-after-200-passing', folder.path));
    const project: Project = {
      ...made,
      configuration: { ...made.configuration, history: { maxBytes: MAX_BYTES } },
    };
    const written: { readonly id: string; readonly sha256: string }[] = [];
    for (let day = 0; day < DAYS; day += 2) {
      const now = new Date(Date.UTC(2026, 0, 1, 12) + day * DAY_MS);
      const ports = { ...realPorts(), now: () => now };
      await writer.write(project.databasePath);
      // Many changes, so that the limit is reached.
      if (day % 4 === 0) runPython(SCRAMBLE, [project.databasePath]);
      const outcome = await createBackup(project, { source: 'mcp', reason: 'before_mark_passing' }, ports);
      assert.ok(outcome.status === 'created' && outcome.pruneProblem === undefined);
      const sha256 = createHash('sha256').update(readFileSync(outcome.backup.path)).digest('hex');
      written.push({ id: outcome.backup.id, sha256 });
      if (day % 50 === 0) assert.equal((await cleanUp(project, ports)).problem, undefined);

      const names = readdirSync(project.storePath);
      const segments = names.filter((name) => name.endsWith('.fbh'));
      const historyBytes = segments.reduce((sum, name) => sum + statSync(join(project.storePath, name)).size, 0);
      assert.ok(historyBytes <= MAX_BYTES, `${historyBytes} bytes of history on day ${day}`);
      assert.ok(names.length < 100, `${names.length} files on day ${day}`);
    }

    const { states, problems } = listHistory(project, realPorts());
    assert.deepEqual(problems, []);
    const all = [...readCatalog(project, realPorts()).backups, ...states];
    const hashes = new Map(written.map(({ id, sha256 }) => [id, sha256]));
    for (const state of all) {
      const sha256 = createHash('sha256').update(readBackupImage(state, realPorts())).digest('hex');
      assert.equal(sha256, hashes.get(state.id), state.id);
    }
    // Old segments were deleted; no state younger than the oldest one left is missing.
    assert.ok(states.length > 20 && all.length < written.length, `${all.length} of ${written.length}`);
    const restorable = new Set(all.map(({ id }) => id));
    const ids = written.map(({ id }) => id);
    const first = ids.findIndex((_, index) => ids.slice(index, index + 20).every((one) => restorable.has(one)));
    assert.ok(first >= 0);
    assert.deepEqual(
      ids.slice(first).filter((id) => !restorable.has(id)),
      [],
    );
  });
});

const SCRAMBLE = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE IF NOT EXISTS noise (content BLOB)')
c.execute('DELETE FROM noise')
c.execute('INSERT INTO noise VALUES (randomblob(40000))')
`;
