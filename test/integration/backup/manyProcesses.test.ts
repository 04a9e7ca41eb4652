import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { realPorts } from '../../../core/system/ports.js';
import type { BackupResult, BackupRequest } from '../../support/backupDriver.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { makeFeatureDatabase, readDatabase, startPython, type PythonProcess } from '../../support/pythonSqlite.js';
import { assertNoLeftovers, StoreProof } from '../../support/storeProof.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const KEEP_ALL = { keepLast: 10_000 };

describe('concurrent backups of one project', function () {
  this.timeout(90_000);
  const folder = useTemporaryFolder();
  const driver = useBundledScript('backupDriver.ts');

  const run = async (request: Omit<BackupRequest, 'root'>): Promise<readonly BackupResult[]> => {
    const { code, stdout, stderr } = await driver.start({ root: folder.path, ...request }).ended;
    assert.equal(code, 0, stderr);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as BackupResult);
  };
  const project = () => testProject(folder.path, KEEP_ALL);
  const backups = () => readCatalog(project(), realPorts()).backups;

  it('make one backup of one state', async () => {
    makeFeatureDatabase(project().databasePath, { features: 20, passing: 3 });
    const results = (await Promise.all(Array.from({ length: 8 }, () => run({})))).flat();
    assert.equal(results.filter(({ result }) => result === 'created').length, 1);
    assert.equal(results.filter(({ result }) => result === 'unchanged').length, 7);
    assert.equal(backups().length, 1);
    assert.equal(backups()[0]?.metadata?.events.length, 8);
    assertNoLeftovers(project());
  });

  for (const journalMode of ['wal', 'delete'] as const) {
    it(`lose no state and store none twice while other processes write (${journalMode})`, async () => {
      makeFeatureDatabase(project().databasePath, { features: 20, passing: 0, journalMode });
      const writers = await Promise.all([1, 2].map(async () => await startWriter(project().databasePath)));
      let results: readonly BackupResult[];
      try {
        results = (await Promise.all(Array.from({ length: 8 }, () => run({ times: 8, retention: KEEP_ALL })))).flat();
      } finally {
        await Promise.all(writers.map(async (writer) => await writer.stop()));
      }
      const failures = results.filter(({ result }) => result !== 'created' && result !== 'unchanged');
      assert.deepEqual(
        failures.map(({ result, message }) => `${result}: ${message ?? ''}`),
        [],
      );

      // Every state reported to a process exists once.
      const listed = backups();
      const created = results.filter(({ result }) => result === 'created').map(({ id }) => id);
      assert.deepEqual(new Set(listed.map(({ id }) => id)), new Set(created));
      assert.equal(new Set(listed.map(({ metadata }) => metadata?.sha256)).size, listed.length);
      assert.ok(listed.length > 5, `only ${listed.length} states`);
      const events = listed.reduce((sum, { metadata }) => sum + (metadata?.events.length ?? 0), 0);
      assert.equal(events, results.length);
      assertNoLeftovers(project());
      const proof = new StoreProof(folder.join('scratch'));
      proof.add(project(), journalMode);
      proof.finish();

      // Newest first is also the order in which the writers wrote.
      const numbers = listed.map(({ counts }) => counts.total ?? 0);
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => b - a),
      );
      rmSync(folder.join('scratch'), { recursive: true });
    });
  }

  it('are completed by the next one if they are killed at random', async () => {
    makeFeatureDatabase(project().databasePath, { features: 20, passing: 0 });
    const writer = await startWriter(project().databasePath);
    try {
      const retention = { keepLast: 4, keepDaily: 0, keepWeekly: 0 };
      for (let round = 0; round < 8; round += 1) {
        const runs = [1, 2, 3].map(() => driver.start({ root: folder.path, retention, times: 1000 }));
        await new Promise((resolve) => setTimeout(resolve, 250 + Math.random() * 300));
        for (const { child } of runs) child.kill('SIGKILL');
        const ends = await Promise.all(runs.map(async ({ ended }) => await ended));
        assert.deepEqual(
          ends.map(({ stderr }) => stderr),
          ['', '', ''],
        );
      }
    } finally {
      await writer.stop();
    }
    const proof = new StoreProof(folder.join('scratch'));
    proof.add(project(), 'after the kills');
    const outcome = await createBackup(project(), { source: 'cli', reason: 'manual' }, realPorts());
    assert.ok(outcome.status !== 'damaged');
    proof.add(project(), 'afterwards');
    proof.finish();
    assertNoLeftovers(project());
    assert.equal(outcome.backup.counts.total, readDatabase(project().databasePath).features);
  });
});

/** Adds a feature every few milliseconds, each in its own transaction. */
async function startWriter(path: string): Promise<PythonProcess> {
  return await startPython(WRITER, [path]);
}

const WRITER = `
import random, sqlite3, sys, time
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
print('ready', flush=True)
while True:
  c.execute('BEGIN IMMEDIATE')
  c.execute("""INSERT INTO features SELECT max(id) + 1, max(id) + 1, 'c', 'n', 'd', '[]', 0, 0, NULL, 0, NULL, NULL FROM features""")
  c.execute('COMMIT')
  time.sleep(random.random() * 0.02)
`;
