import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { recordJobResult, readJobs } from '../../../core/store/jobs.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { assess, assessKnown } from '../../../core/health/assess.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import type { KnownProject } from '../../../core/projects/knownProject.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { stoppingFiles } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const TRIGGER = { source: 'watch', reason: 'manual' } as const;
const DAY_MS = 24 * 3_600_000;

describe('the health of a project', () => {
  const folder = useTemporaryFolder();
  const ports: Ports = { ...realPorts(), environment: {} };
  const daysLater = (days: number): Ports => ({ ...ports, now: () => new Date(Date.now() + days * DAY_MS) });
  const project = (): Project => testProject(folder.path);
  const database = (features = 20): void => {
    rmSync(project().databasePath, { force: true });
    makeFeatureDatabase(project().databasePath, { features, passing: 1, journalMode: 'delete' });
  };
  const codes = async (when: Ports = ports): Promise<string[]> =>
    (await assess(project(), when)).problems.map(({ severity, code }) => `${severity} ${code}`);

  it('is never-backed-up, then good, then overdue a day after an unsaved change', async () => {
    database();
    assert.deepEqual(await codes(), ['warning never-backed-up']);
    await createBackup(project(), TRIGGER, ports);
    assert.deepEqual(await codes(), []);
    assert.deepEqual(await codes(daysLater(40)), [], 'an old backup of an unchanged database');
    sqlite3(project().databasePath, 'UPDATE features SET passes = 1');
    assert.deepEqual(await codes(), []);
    assert.deepEqual(await codes(daysLater(0.9)), []);
    assert.deepEqual(await codes(daysLater(1.1)), ['warning backup-overdue']);
    await createBackup(project(), TRIGGER, ports);
    assert.deepEqual(await codes(daysLater(1.1)), []);
  });

  it('includes an invalid schedule', async () => {
    database();
    await createBackup(project(), TRIGGER, ports);
    const { configuration } = project();
    const schedule = { backup: '', drill: '61 * * * *' };
    const { problems } = await assess({ ...project(), configuration: { ...configuration, schedule } }, ports);
    assert.deepEqual(
      problems.map(({ code, subject }) => [code, subject]),
      [['schedule-unreadable', 'drill']],
    );
    assert.match(problems[0]?.message ?? '', /schedule\.drill: "61 \* \* \* \*"/);
  });

  it('includes a shrunk, damaged or missing database', async () => {
    database();
    await createBackup(project(), TRIGGER, ports);
    sqlite3(project().databasePath, 'DELETE FROM features WHERE id > 5');
    assert.deepEqual(await codes(), ['warning database-shrunk']);
    writeFileSync(project().databasePath, 'not a database but a text of some length'.repeat(100));
    assert.deepEqual(await codes(), ['critical database-damaged']);
    rmSync(project().databasePath);
    assert.deepEqual(await codes(), ['critical database-gone']);
  });

  it('includes a failed backup until one succeeds', async () => {
    database();
    await createBackup(project(), TRIGGER, ports);
    sqlite3(project().databasePath, 'UPDATE features SET passes = 1');
    await assert.rejects(createBackup(project(), TRIGGER, ports, { maxSizeBytes: 100 }), { code: 'too-large' });
    const { problems } = await assess(project(), ports);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['backup-failed'],
    );
    assert.match(problems[0]?.message ?? '', /^Backups have failed since \d{4}-\d\d-\d\d \d\d:\d\d: .*100/);
    await createBackup(project(), TRIGGER, ports);
    assert.deepEqual(await codes(), []);
    assert.equal(readJobs(project(), ports).backup?.ok, true);
  });

  it('includes a failed first backup, recorded in a store that git ignores', async () => {
    database();
    await assert.rejects(createBackup(project(), TRIGGER, ports, { maxSizeBytes: 100 }), { code: 'too-large' });
    assert.deepEqual(await codes(), ['critical backup-failed']);
    assert.deepEqual(readdirSync(project().storePath).sort(), ['.gitignore', '.jobs.json']);
  });

  it('is good again once an unchanged database is found to be backed up', async () => {
    database();
    await createBackup(project(), TRIGGER, ports);
    await recordJobResult(project(), 'backup', 'it is full', ports);
    assert.deepEqual(await codes(), ['critical backup-failed']);
    assert.equal((await createBackup(project(), TRIGGER, ports)).status, 'unchanged');
    assert.deepEqual(await codes(), []);
    assert.equal(readJobs(project(), ports).backup?.ok, true);
  });

  it('needs no write of job records while backups succeed', async () => {
    database();
    await createBackup(project(), TRIGGER, ports);
    assert.ok(!existsSync(join(project().storePath, '.jobs.json')));
    await recordJobResult(project(), 'drill', undefined, ports);
    const before = readFileSync(join(project().storePath, '.jobs.json'), 'utf8');
    sqlite3(project().databasePath, 'UPDATE features SET passes = 1');
    await createBackup(project(), TRIGGER, ports);
    assert.equal(readFileSync(join(project().storePath, '.jobs.json'), 'utf8'), before);
  });

  it('leaves the error of a backup unchanged if the failure cannot be recorded', async () => {
    database();
    await createBackup(project(), TRIGGER, ports);
    sqlite3(project().databasePath, 'UPDATE features SET passes = 1');
    const { files } = stoppingFiles({ at: 1, how: 'ENOSPC', lasting: true });
    await assert.rejects(createBackup(project(), TRIGGER, { ...ports, files }), { code: 'disk-full' });
    assert.ok(!existsSync(join(project().storePath, '.jobs.json')));
  });

  it('ignores a failed sync to a target that is no longer configured', async () => {
    database();
    await createBackup(project(), TRIGGER, ports);
    await recordJobResult(project(), 'replicate:nas', 'no route', ports);
    const target = { name: 'nas', folder: folder.join('nas'), rclone: undefined, retention: {} };
    const { configuration } = project();
    const configured = { ...project(), configuration: { ...configuration, targets: [target] } };
    const problemsOf = async (codesOf: Project) =>
      (await assess(codesOf, ports)).problems.map(({ code, subject }) => [code, subject]);
    assert.deepEqual(await problemsOf(configured), [['replication-failed', 'nas']]);
    assert.deepEqual(await problemsOf(project()), []);
  });

  it('is not affected if a backup finds the store busy', async () => {
    database();
    mkdirSync(project().storePath);
    await withStoreLock(project().storePath, ports, async () => {
      await assert.rejects(createBackup(project(), TRIGGER, ports, { lockTimeoutMs: 50 }), { code: 'store-busy' });
    });
    assert.deepEqual(readJobs(project(), ports), {});
  });

  it('is critical if the store is not a folder', async () => {
    database();
    writeFileSync(project().storePath, 'in the way');
    const { problems, summary } = await assess(project(), ports);
    assert.deepEqual(
      problems.map(({ severity, code }) => `${severity} ${code}`),
      ['critical store-unusable'],
    );
    assert.match(problems[0]?.message ?? '', /is not a folder\. Move it away/);
    assert.equal(summary, undefined);
  });

  it('of a known project includes a missing folder and an invalid configuration, but no missing database', async () => {
    const known = (name: string, status: KnownProject['status']): KnownProject => ({
      root: folder.join(name),
      name,
      origins: ['registry'],
      status,
    });
    const codesOf = async (name: string, status: KnownProject['status']): Promise<string[]> =>
      (await assessKnown(known(name, status), ports)).problems.map(({ code }) => code);
    makeFeatureDatabase(folder.join('shop', 'features.db'), { features: 2, passing: 1 });
    assert.deepEqual(await codesOf('shop', 'present'), ['never-backed-up']);
    writeFileSync(folder.join('shop', '.feature-backups.json'), '{ "store": 7 }');
    assert.deepEqual(await codesOf('shop', 'present'), ['store-unusable']);
    assert.deepEqual(await codesOf('gone', 'gone'), ['project-gone']);
    assert.deepEqual(await codesOf('new', 'no-database'), []);
    assert.deepEqual(await codesOf('vanished', 'present'), ['project-gone'], 'removed after it was listed');
  });
});
