import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { asidePath, versionIdentity } from '../../../core/live/restoreFiles.js';
import { cleanUp } from '../../../core/retention/cleanUp.js';
import { realPorts } from '../../../core/system/ports.js';
import { makeFeatureDatabase, readDatabase } from '../../support/pythonSqlite.js';
import { createUncleanDatabase } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const STAGED = '.features.db.0123456789abcdef.restore-staged';

describe('after a restore was killed', () => {
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.path, { keepLast: 100 });
  const leftovers = (): readonly string[] =>
    readdirSync(dirname(project().databasePath)).filter((name) => name.includes('.restore-'));
  const stage = (): void => {
    writeFileSync(join(dirname(project().databasePath), STAGED), Buffer.alloc(100_000));
  };

  it('the next backup removes its staged files, also if nothing has changed', async () => {
    makeFeatureDatabase(project().databasePath, { features: 3, passing: 1, journalMode: 'delete' });
    for (const expected of ['created', 'unchanged']) {
      stage();
      const { status } = await createBackup(project(), MANUAL, realPorts());
      assert.equal(status, expected);
      assert.deepEqual(leftovers(), []);
    }
  });

  it('the next clean-up removes them', async () => {
    makeFeatureDatabase(project().databasePath, { features: 3, passing: 1, journalMode: 'delete' });
    await createBackup(project(), MANUAL, realPorts());
    stage();
    await cleanUp(project(), realPorts());
    assert.deepEqual(leftovers(), []);
  });

  it('the next backup contains the log that the restore had set aside', async () => {
    const { databasePath } = project();
    makeFeatureDatabase(databasePath, { features: 3, passing: 1, journalMode: 'wal' });
    createUncleanDatabase(databasePath, "c.execute('DELETE FROM features WHERE id = 1')");
    assert.ok(statSync(`${databasePath}-wal`).size > 0);
    renameSync(
      `${databasePath}-wal`,
      asidePath(databasePath, '-wal', versionIdentity(databasePath, realPorts()) ?? ''),
    );
    const outcome = await createBackup(project(), MANUAL, realPorts());
    assert.ok(outcome.status === 'created');
    assert.equal(readDatabase(outcome.backup.path).features, 2);
    assert.deepEqual(leftovers(), []);
  });

  it('the next backup is made even if they cannot be removed', async () => {
    makeFeatureDatabase(project().databasePath, { features: 3, passing: 1, journalMode: 'delete' });
    stage();
    const warnings: string[] = [];
    const ports = realPorts();
    const unlinkSync: typeof ports.files.unlinkSync = (path) => {
      if (String(path).endsWith('.restore-staged'))
        throw Object.assign(new Error('EACCES: denied'), { code: 'EACCES' });
      ports.files.unlinkSync(path);
    };
    const failing = {
      ...ports,
      files: { ...ports.files, unlinkSync },
      onWarning: (text: string) => warnings.push(text),
    };
    const { status } = await createBackup(project(), MANUAL, failing);
    assert.equal(status, 'created');
    assert.match(warnings.join(), /clean up after a restore.*denied/);
  });

  it('a folder with such a name is left alone', async () => {
    makeFeatureDatabase(project().databasePath, { features: 3, passing: 1, journalMode: 'delete' });
    mkdirSync(join(dirname(project().databasePath), STAGED));
    assert.equal((await createBackup(project(), MANUAL, realPorts())).status, 'created');
    assert.deepEqual(leftovers(), [STAGED]);
  });
});
