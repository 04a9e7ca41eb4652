import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { realPorts } from '../../../core/system/ports.js';
import { startFeatureWriter, type FeatureWriter } from '../../support/featureWriter.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { readDatabase, runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const PAGE = join(import.meta.dirname, '../../../docs/history-format.md');

describe('documented reader', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let writer: FeatureWriter;
  before(async () => {
    writer = await startFeatureWriter();
  });
  after(async () => {
    await writer.stop();
  });

  it('lists and rebuilds every state of a real segment, even of images that grow and shrink', async () => {
    const [, program = ''] = /```python\n(.*?)```/s.exec(readFileSync(PAGE, 'utf8')) ?? [];
    assert.ok(program.includes('zdict'));
    const reader = folder.join('reader.py');
    writeFileSync(reader, program);
    const project = testProject(copyFixture('2-after-200-passing', folder.join('project')), {
      keepLast: 1,
      keepDaily: 0,
      keepWeekly: 0,
    });
    for (let turn = 0; turn < 12; turn += 1) {
      await writer.write(project.databasePath);
      if (turn % 4 === 2) runPython(RESIZE, [project.databasePath, (turn * 10_000).toString()]);
      const now = new Date(Date.UTC(2026, 0, 25, 12, turn));
      const ports = { ...realPorts(), now: () => now };
      const outcome = await createBackup(project, { source: 'mcp', reason: 'before_mark_passing' }, ports);
      assert.ok(outcome.status === 'created');
    }
    const states = listHistory(project, realPorts()).states.toReversed();
    assert.equal(states.length, 11);
    const [name = ''] = readdirSync(project.storePath).filter((file) => file.endsWith('.fbh'));
    const segment = join(project.storePath, name);

    const lines = execFileSync('python3', [reader, segment], { encoding: 'utf8' }).trim().split('\n');
    assert.deepEqual(
      lines.map((line) => line.split('\t')),
      states.map(({ id, metadata }, index) => [
        index.toString(),
        id,
        metadata?.timestamp,
        metadata?.featureCount?.toString(),
        metadata?.backupSizeBytes?.toString(),
      ]),
    );
    for (const [index, { id, metadata }] of states.entries()) {
      const target = folder.join(`state-${index}.db`);
      execFileSync('python3', [reader, segment, index % 2 === 0 ? id : index.toString(), target]);
      assert.equal(createHash('sha256').update(readFileSync(target)).digest('hex'), metadata?.sha256);
      assert.equal(readDatabase(target).integrity, 'ok');
    }
  });
});

const RESIZE = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE IF NOT EXISTS ballast (content BLOB)')
c.execute('DELETE FROM ballast')
c.execute('INSERT INTO ballast VALUES (randomblob(?))', [int(sys.argv[2])])
c.execute('VACUUM')
`;
