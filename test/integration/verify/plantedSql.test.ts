import assert from 'node:assert/strict';
import { join } from 'node:path';
import { backUp } from '../../../core/engine.js';
import { drill } from '../../../core/verify/drill/drill.js';
import { realPorts } from '../../../core/system/ports.js';
import { findProject } from '../../../core/project/findProject.js';
import { copyFixture, sqlite3 } from '../../support/fixtureProject.js';
import { usePlantedPrograms } from '../../support/plantedPrograms.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('programs named in a database', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const planted = usePlantedPrograms();

  beforeEach(async () => {
    const database = join(copyFixture('2-after-200-passing', folder.join('project')), 'features.db');
    // SQLite's command line has a function that starts an editor, and its check evaluates constraints.
    sqlite3(
      database,
      `CREATE TABLE planted (a CHECK (length(edit(a, '${planted.program}')) > 100));
       PRAGMA ignore_check_constraints = ON;
       INSERT INTO planted VALUES ('a');`,
    );
    await backUp(folder.join('project'), { source: 'cli', reason: 'manual' });
  });

  it('do not run in a drill', async () => {
    const project = await findProject(folder.join('project'), realPorts());
    const outcome = await drill(project, realPorts(), { readers: ['sqlite3'] });
    assert.deepEqual(
      outcome.drilled.map(({ ok, reader }) => [ok, reader]),
      [[true, 'sqlite3']],
    );
    assert.equal(planted.runs(), '');
  });
});
